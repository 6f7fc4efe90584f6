/**
 * From noise to latents: sigma schedules, solvers, guidance, the run that is made step by step, and its trace.
 */
@NullMarked
package io.flowblend.sampling;

import org.jspecify.annotations.NullMarked;
