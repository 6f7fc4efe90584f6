@NullMarked
package io.flowblend.control.rival;

import org.jspecify.annotations.NullMarked;
