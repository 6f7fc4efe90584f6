package io.flowblend.sampling;

import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import org.bytedeco.pytorch.Tensor;

/**
 * All that a run depends on besides the policy. It owns nothing: models, guidance and tensors have to stay open until
 * the run has ended (a tensor made outside every scope has no owner yet: {@code TensorScope.own} it first).
 *
 * @param large the model of role LARGE
 * @param small the model of role SMALL
 * @param guidance prompt, negative prompt and scale of the large model
 * @param smallGuidance the same of the small model: another one where that was distilled to do without guidance
 * @param schedule the noise levels
 * @param solver how a velocity advances the latents
 * @param firstStep index of the first step to make; 0 except for a replay of a part of a run
 * @param endStep index of the step before which the run ends; the number of steps except for a part of a run
 * @param start where the run begins, latents {@code [B, C, F, H, W]} at the level of {@code firstStep}
 */
public record SamplingSpec(
        VelocityModel large,
        VelocityModel small,
        Guidance guidance,
        Guidance smallGuidance,
        SigmaSchedule schedule,
        Solver solver,
        int firstStep,
        int endStep,
        SolverState start) {
    public SamplingSpec {
        if (firstStep < 0 || firstStep >= schedule.steps()) {
            throw new IllegalArgumentException(
                    "first step has to be 0 to " + (schedule.steps() - 1) + ", but is " + firstStep);
        }
        if (endStep <= firstStep || endStep > schedule.steps()) {
            throw new IllegalArgumentException(
                    "end step has to be " + (firstStep + 1) + " to " + schedule.steps() + ", but is " + endStep);
        }
        if (start.x().dim() != 5) {
            throw new IllegalArgumentException(
                    "latents have to be [B, C, F, H, W], but have " + start.x().dim() + " dimensions");
        }
    }

    /** A whole run from {@code noise [B, C, F, H, W]}, with one guidance for both models. */
    public static SamplingSpec fromNoise(
            VelocityModel large,
            VelocityModel small,
            Guidance guidance,
            SigmaSchedule schedule,
            Solver solver,
            Tensor noise) {
        return new SamplingSpec(
                large, small, guidance, guidance, schedule, solver, 0, schedule.steps(), SolverState.fresh(noise));
    }

    /** This run with another guidance for the small model. */
    public SamplingSpec withSmallGuidance(Guidance other) {
        return new SamplingSpec(large, small, guidance, other, schedule, solver, firstStep, endStep, start);
    }

    /** The rest of this run, from {@code state} at the start of {@code step}. */
    public SamplingSpec from(int step, SolverState state) {
        return new SamplingSpec(large, small, guidance, smallGuidance, schedule, solver, step, endStep, state);
    }

    /** This run up to the start of {@code step}. */
    public SamplingSpec until(int step) {
        return new SamplingSpec(large, small, guidance, smallGuidance, schedule, solver, firstStep, step, start);
    }

    LatentShape latentShape() {
        Tensor x = start.x();
        return new LatentShape((int) x.size(1), (int) x.size(2), (int) x.size(3), (int) x.size(4));
    }
}
