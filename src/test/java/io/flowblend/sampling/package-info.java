/** Schedules, solvers, guidance and the run against velocity fields with a known flow. */
@NullMarked
package io.flowblend.sampling;

import org.jspecify.annotations.NullMarked;
