package io.flowblend.control;

import io.flowblend.divergence.VelocityDivergence;
import java.util.Optional;

/**
 * What a step showed to the policy: the velocity divergence of a probe, or that the small model failed.
 *
 * @param step the step that was made
 * @param divergence empty if the small model failed or gave a non-finite velocity
 */
public record Reading(Step step, Optional<VelocityDivergence> divergence) {
    public static Reading of(Step step, VelocityDivergence divergence) {
        return new Reading(step, Optional.of(divergence));
    }

    public static Reading smallFailed(Step step) {
        return new Reading(step, Optional.empty());
    }
}
