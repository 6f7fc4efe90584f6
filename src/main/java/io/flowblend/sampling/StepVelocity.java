package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.model.ForwardCost;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The velocity that advances a step, and the unknown parts that it makes known. This is the one place where a source is
 * more than its letter: here is what each of them knows of the velocity, and what is unknown to it.
 *
 * @param velocity that advances the step
 * @param decision what was done; where SMALL failed, LARGE instead of what was decided
 * @param divergence of both velocities, on a probe
 * @param known w of each source whose unknown part is known now
 */
record StepVelocity(
        Tensor velocity, Decision decision, Optional<VelocityDivergence> divergence, Map<Source, Tensor> known) {

    /** What the forwards of a step gave; empty where a model did not run. */
    private record Parts(Tensor velocity, Optional<Tensor> small, Optional<Tensor> guidanceDifference) {}

    /**
     * Makes the forwards of a decision.
     *
     * @throws NonFiniteVelocityException if the large model gives a non-finite velocity
     */
    static StepVelocity compute(Decision decision, Step step, StepForwards forwards, RunState state) {
        if (decision.move().probe()) {
            StepForwards.Both both = forwards.both();
            Decision done = both.small().isPresent() ? decision : withoutSmall(decision);
            return of(done, large(both.large(), both.small()));
        }
        return switch (decision.move().source()) {
            case LARGE -> of(decision, large(forwards.large(), Optional.empty()));
            case SMALL -> forwards.small()
                    .map(small -> of(decision, part(predict(decision, step, Optional.of(small), state))))
                    .orElseGet(() -> of(withoutSmall(decision), large(forwards.large(), Optional.empty())));
            case REUSED -> of(decision, part(predict(decision, step, Optional.empty(), state)));
            case GUIDANCE_REUSED -> {
                requireAnchor(decision, step, state);
                yield of(decision, part(predict(decision, step, Optional.of(forwards.conditional()), state)));
            }
        };
    }

    /** The velocity at another level by what a step was made by, without measuring anything. */
    static Tensor alone(Decision decision, Step step, StepForwards forwards, RunState state) {
        Decision one = decision.move().probe() ? decision.insteadOf(Move.LARGE, decision.reason()) : decision;
        return compute(one, step, forwards, state).velocity();
    }

    /** Floating point operations of a step of a move, guidance included. */
    static double flops(SamplingSpec spec, Move move) {
        boolean twice = spec.schedule().steps() > 1
                && spec.solver().corrects(spec.schedule().step(0));
        double one = once(spec, move);
        return twice ? one + once(spec, move.probe() ? Move.LARGE : move) : one;
    }

    private static double once(SamplingSpec spec, Move move) {
        ForwardCost large = spec.guidance().cost(spec.large(), spec.latentShape());
        ForwardCost small = spec.smallGuidance().cost(spec.small(), spec.latentShape());
        return switch (move.source()) {
            case LARGE -> move.probe() ? large.total() + small.total() : large.total();
            case SMALL -> small.total();
            case REUSED -> 0;
            case GUIDANCE_REUSED -> spec.guidance()
                    .conditionalCost(spec.large(), spec.latentShape())
                    .total();
        };
    }

    private static Parts large(Guidance.Guided large, Optional<Tensor> small) {
        return new Parts(large.velocity(), small, large.difference());
    }

    private static Parts part(Tensor velocity) {
        return new Parts(velocity, Optional.empty(), Optional.empty());
    }

    private static Decision withoutSmall(Decision decision) {
        return decision.insteadOf(Move.LARGE, Reason.NON_FINITE);
    }

    private static StepVelocity of(Decision decision, Parts parts) {
        Map<Source, Tensor> known = new EnumMap<>(Source.class);
        for (Source source : Source.CHEAP) {
            if (decision.move().renews(source.anchor())) {
                unknownPart(source, parts).ifPresent(w -> known.put(source, w));
            }
        }
        Optional<VelocityDivergence> divergence =
                parts.small().map(small -> DivergenceMeter.measure(parts.velocity(), small));
        return new StepVelocity(parts.velocity(), decision, divergence, known);
    }

    /** w of a source on a step that makes it known. */
    private static Optional<Tensor> unknownPart(Source source, Parts parts) {
        return switch (source) {
            case LARGE -> Optional.empty();
            case SMALL -> parts.small().map(small -> parts.velocity().sub(small));
            case REUSED -> Optional.of(parts.velocity());
            case GUIDANCE_REUSED -> parts.guidanceDifference();
        };
    }

    /** The known part of the velocity and the predicted rest of it. */
    private static Tensor predict(Decision decision, Step step, Optional<Tensor> known, RunState state) {
        Source source = decision.move().source();
        Optional<Anchor> anchor = state.anchor(source);
        if (known.isPresent() && (decision.gain() == 0 || anchor.isEmpty())) {
            return known.get();
        }
        return requireAnchor(decision, step, state)
                .predict(known, step.sigma(), decision.gain(), decision.slopeShare());
    }

    private static Anchor requireAnchor(Decision decision, Step step, RunState state) {
        Source source = decision.move().source();
        return state.anchor(source)
                .orElseThrow(() -> new IllegalStateException(
                        "step " + step.index() + " was decided as " + source + ", but nothing was kept for it before"));
    }
}
