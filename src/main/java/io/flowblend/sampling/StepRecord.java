package io.flowblend.sampling;

import io.flowblend.control.Decision;
import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One line of a trace.
 *
 * @param step index and noise levels
 * @param decision who advanced it (after a failing small model: LARGE with reason SMALL_FAILED)
 * @param divergence what was measured, on a probe
 * @param change of the velocity to the one that was computed before it, over that one's size (means of absolute values), where
 *     LARGE computed both and it was measured; 0 and up
 * @param largeSeconds time in the large model's forward, 0 if it did not run
 * @param smallSeconds time in the small model's forward, 0 if it did not run; on a probe by models on two devices
 *     it is the same time as the large one's
 * @param flops total floating point operations of all forwards of the step, guidance included
 */
public record StepRecord(
        Step step,
        Decision decision,
        Optional<VelocityDivergence> divergence,
        OptionalDouble change,
        double largeSeconds,
        double smallSeconds,
        double flops) {}
