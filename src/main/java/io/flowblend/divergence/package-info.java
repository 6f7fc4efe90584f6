/**
 * How far two velocities are apart ({@link io.flowblend.divergence.VelocityDivergence}) and how that is distributed.
 */
@NullMarked
package io.flowblend.divergence;

import org.jspecify.annotations.NullMarked;
