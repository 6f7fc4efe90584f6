@NullMarked
package io.flowblend.control;

import org.jspecify.annotations.NullMarked;
