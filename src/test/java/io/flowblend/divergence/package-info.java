/** Distances with known values. */
@NullMarked
package io.flowblend.divergence;

import org.jspecify.annotations.NullMarked;
