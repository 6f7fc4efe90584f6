package io.flowblend.control;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.divergence.VelocityDivergence;
import java.util.List;
import java.util.Optional;

/**
 * What a step showed to the policy once it was made.
 *
 * @param step the step
 * @param decision what was decided for it; where SMALL failed, what was done instead, with reason NON_FINITE
 * @param divergence the velocity divergence, on a probe
 * @param sources what the sources' unknown parts were, on steps that LARGE made; finite
 * @param change how far the step moved the run, where the run measures it (see {@code SamplingSpec})
 */
public record Reading(
        Step step,
        Decision decision,
        Optional<VelocityDivergence> divergence,
        List<AnchorReading> sources,
        Optional<VelocityChange> change) {
    public Reading {
        sources = List.copyOf(sources);
    }

    /** A step that showed nothing. */
    public static Reading of(Step step, Decision decision) {
        return new Reading(step, decision, Optional.empty(), List.of(), Optional.empty());
    }

    /** Whether SMALL failed, or gave a non-finite velocity. */
    public boolean smallFailed() {
        return decision.reason() == Reason.NON_FINITE;
    }
}
