/** The way from a prompt to frames, with the built-in pair. */
@NullMarked
package io.flowblend.tuning;

import org.jspecify.annotations.NullMarked;
