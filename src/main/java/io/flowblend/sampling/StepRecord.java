package io.flowblend.sampling;

import io.flowblend.control.Decision;
import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import java.util.Optional;

/**
 * One line of a trace.
 *
 * @param step index and noise levels
 * @param decision who advanced it (after a failing small model: LARGE with reason SMALL_FAILED)
 * @param divergence what was measured, on a probe
 * @param largeSeconds time in the large model's forward, 0 if it did not run
 * @param smallSeconds time in the small model's forward, 0 if it did not run
 * @param flops total floating point operations of all forwards of the step, guidance included
 */
public record StepRecord(
        Step step,
        Decision decision,
        Optional<VelocityDivergence> divergence,
        double largeSeconds,
        double smallSeconds,
        double flops) {}
