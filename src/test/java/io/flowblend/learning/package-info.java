/** Learning besides serving, with the built-in pair. */
@NullMarked
package io.flowblend.learning;

import org.jspecify.annotations.NullMarked;
