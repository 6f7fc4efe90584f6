/**
 * From noise to latents: sigma schedules, solvers, guidance, the loop and its trace.
 */
@NullMarked
package io.flowblend.sampling;

import org.jspecify.annotations.NullMarked;
