package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * All that a run depends on besides the policy. It owns nothing: models, guidance and tensors have to stay open until
 * the run is closed (a tensor made outside every scope has no owner yet: {@code TensorScope.own} it first).
 *
 * @param large the large model
 * @param small the small model
 * @param guidance prompt, negative prompt and scale of the large model
 * @param smallGuidance the same of the small model: another one where that was distilled to do without guidance
 * @param schedule the noise levels
 * @param solver how a velocity advances the latents
 * @param start where the run begins, with latents {@code [B, C, F, H, W]}
 * @param tracked sources whose unknown parts are read on the steps that LARGE makes. Sources that need the guidance
 *     difference have an anchor only if they are among them
 * @param measuresChange whether each step's {@code VelocityChange} is measured
 */
public record SamplingSpec(
        VelocityModel large,
        VelocityModel small,
        Guidance guidance,
        Guidance smallGuidance,
        SigmaSchedule schedule,
        Solver solver,
        RunState start,
        Set<Source> tracked,
        boolean measuresChange) {
    public SamplingSpec {
        tracked = Set.copyOf(tracked);
        if (start.nextStep() >= schedule.steps()) {
            throw new IllegalArgumentException(
                    "first step has to be 0 to " + (schedule.steps() - 1) + ", but is " + start.nextStep());
        }
        if (start.x().dim() != 5) {
            throw new IllegalArgumentException(
                    "latents have to be [B, C, F, H, W], but have " + start.x().dim() + " dimensions");
        }
    }

    /** A whole run from {@code noise [B, C, F, H, W]}, with one guidance for both models, that reads nothing. */
    public static SamplingSpec fromNoise(
            VelocityModel large,
            VelocityModel small,
            Guidance guidance,
            SigmaSchedule schedule,
            Solver solver,
            Tensor noise) {
        RunState start = RunState.fresh(0, noise);
        return new SamplingSpec(large, small, guidance, guidance, schedule, solver, start, Set.of(), false);
    }

    /** This run with another guidance for the small model. */
    public SamplingSpec withSmallGuidance(Guidance other) {
        return new SamplingSpec(large, small, guidance, other, schedule, solver, start, tracked, measuresChange);
    }

    /** This run by another solver, at the noise levels that it is used with. */
    public SamplingSpec solvedBy(Solver other, SigmaSchedule levels) {
        return new SamplingSpec(large, small, guidance, smallGuidance, levels, other, start, tracked, measuresChange);
    }

    /** This run from another state. */
    public SamplingSpec from(RunState state) {
        return new SamplingSpec(
                large, small, guidance, smallGuidance, schedule, solver, state, tracked, measuresChange);
    }

    /** This run with readings of these sources. */
    public SamplingSpec tracking(Set<Source> sources) {
        return new SamplingSpec(
                large, small, guidance, smallGuidance, schedule, solver, start, sources, measuresChange);
    }

    /** This run with the change of every step measured. */
    public SamplingSpec measuringChange() {
        return new SamplingSpec(large, small, guidance, smallGuidance, schedule, solver, start, tracked, true);
    }

    /** Floating point operations of a step, guidance included. */
    public double flops(Move move) {
        return StepVelocity.flops(this, move);
    }

    /** Floating point operations of the whole run by LARGE alone. */
    public double largeFlops() {
        double sum = 0;
        for (int step = 0; step < schedule.steps(); step++) {
            double here = guidance.at(schedule.modelSigma(step))
                    .cost(large, latentShape())
                    .total();
            sum += solver.corrects(schedule.step(step)) ? 2 * here : here;
        }
        return sum;
    }

    /** Cost of a step in units of one by LARGE. */
    public double cost(Move move) {
        return flops(move) / flops(Move.LARGE);
    }

    LatentShape latentShape() {
        Tensor x = start.x();
        return new LatentShape((int) x.size(1), (int) x.size(2), (int) x.size(3), (int) x.size(4));
    }
}
