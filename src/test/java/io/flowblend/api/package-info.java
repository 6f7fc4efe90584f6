@NullMarked
package io.flowblend.api;

import org.jspecify.annotations.NullMarked;
