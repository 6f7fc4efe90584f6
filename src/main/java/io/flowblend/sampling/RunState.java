package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a run stands between two steps: with the readings of the steps before, which a new policy is given, all that is
 * needed to go on. It never changes.
 *
 * <p>Its tensors belong to the scope that they were made in. {@link #own()} gives a share that outlives it, until
 * {@link #close()}.
 *
 * @param nextStep index of the step that goes on from here; the number of steps after the last one
 * @param solver latents, and what the solver remembers
 * @param anchors the last known unknown part of each source that has one
 */
public record RunState(int nextStep, SolverState solver, Map<Source, Anchor> anchors) implements AutoCloseable {
    public RunState {
        if (nextStep < 0) {
            throw new IllegalArgumentException("next step has to be 0 or more, but is " + nextStep);
        }
        anchors = Map.copyOf(anchors);
    }

    /** The beginning of a run, or of a part of one, without memory. */
    public static RunState fresh(int nextStep, Tensor x) {
        return new RunState(nextStep, SolverState.fresh(x), Map.of());
    }

    /** Latents at the current noise level. */
    public Tensor x() {
        return solver.x();
    }

    public Optional<Anchor> anchor(Source source) {
        return Optional.ofNullable(anchors.get(source));
    }

    /** The velocity that was computed last, whatever gave it; empty at the beginning. */
    public Optional<Anchor> lastVelocity() {
        return Arrays.stream(Source.values())
                .filter(source -> source.anchor() == Source.Anchor.MODEL)
                .flatMap(source -> anchor(source).stream())
                .findFirst();
    }

    /** The data that the last computed velocity predicts from here, {@code x - sigma v}; the latents before any step. */
    public Tensor predictedData(double sigma) {
        return lastVelocity()
                .map(last -> x().sub(last.unknown(), new Scalar(sigma)))
                .orElseGet(x()::clone);
    }

    /** The unknown parts that the step at a noise level made known, if that was the last step. */
    public Map<Source, Tensor> knownAt(double sigma) {
        Map<Source, Tensor> known = new EnumMap<>(Source.class);
        anchors.forEach((source, anchor) -> {
            if (anchor.sigma() == sigma) {
                known.put(source, anchor.unknown());
            }
        });
        return known;
    }

    /**
     * The state after a step. Anchors that the move renews are renewed; where SMALL failed, what was known of it is dropped.
     *
     * @param decision what the step did
     * @param known unknown parts that it made known; those of sources whose anchor the move does not renew are left out
     * @param after the solver's part
     */
    public RunState next(Step step, Decision decision, Map<Source, Tensor> known, SolverState after) {
        Map<Source, Anchor> next = new EnumMap<>(Source.class);
        next.putAll(anchors);
        if (decision.reason() == Reason.NON_FINITE) {
            next.keySet().removeIf(source -> source.anchor() == Source.Anchor.PROBE);
        }
        known.forEach((source, w) -> {
            if (decision.move().renews(source.anchor())) {
                next.put(source, Anchor.after(anchor(source), decision.move().source(), step.sigma(), w));
            }
        });
        return new RunState(step.index() + 1, after, next);
    }

    /** This state with a share in its tensors, which the caller has to close. */
    public RunState own() {
        solver.own();
        anchors.values().forEach(Anchor::own);
        return this;
    }

    /** Gives back one share taken by {@link #own()}. */
    @Override
    public void close() {
        solver.close();
        anchors.values().forEach(Anchor::close);
    }
}
