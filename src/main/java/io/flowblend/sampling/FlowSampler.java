package io.flowblend.sampling;

import io.flowblend.control.Decision;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Role;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The loop from noise to latents: for each step the policy decides who advances it, that model's velocity (on a probe
 * both) is computed, and the solver makes the step. Which model gave a velocity changes nothing else, so a run in which
 * both models are the same is the run of either.
 *
 * <p>A step is the unit of everything: one decision, one scope for its native memory, one record in the trace. Where the
 * small model fails, LARGE makes the step. A REUSED step carries on the last velocity that was computed, and costs no
 * forward.
 */
public final class FlowSampler {
    private final LongSupplier nanoTime;

    public FlowSampler() {
        this(System::nanoTime);
    }

    /** @param nanoTime a clock in nanoseconds of any origin */
    public FlowSampler(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Makes the run on the calling thread.
     *
     * @throws NonFiniteVelocityException if the large model gives a non-finite velocity
     */
    public Sampled sample(SamplingSpec spec, SwitchPolicy policy, StepListener listener) {
        return sample(spec, policy, listener, StateListener.NONE);
    }

    /** As {@link #sample(SamplingSpec, SwitchPolicy, StepListener)}, and shows the state after each step. */
    @SuppressWarnings("try") // the guard is there for what its closing ends
    public Sampled sample(SamplingSpec spec, SwitchPolicy policy, StepListener listener, StateListener states) {
        long start = nanoTime.getAsLong();
        List<StepRecord> records = new ArrayList<>();
        SolverState state = spec.start().own();
        try (NoGradGuard inferenceOnly = new NoGradGuard()) {
            for (int k = spec.firstStep(); k < spec.endStep(); k++) {
                Made made = make(spec, policy, spec.schedule().step(k), state);
                state.close();
                state = made.state();
                records.add(made.line());
                states.onState(k + 1, state);
                listener.onStep(made.line());
            }
            double seconds = (nanoTime.getAsLong() - start) * 1e-9;
            Trace trace = new Trace(records, policy.fallback());
            return new Sampled(TensorScope.own(state.x()), trace, seconds);
        } finally {
            state.close();
        }
    }

    /** A step that was made: the owned state after it, its line in the trace. */
    private record Made(SolverState state, StepRecord line) {}

    /** The velocity that advances a step, and what was decided and measured on the way to it. */
    private record Advance(Tensor velocity, Decision decision, Optional<VelocityDivergence> divergence) {}

    @SuppressWarnings("try") // the scope is there for what its closing frees
    private Made make(SamplingSpec spec, SwitchPolicy policy, Step step, SolverState state) {
        try (TensorScope scope = TensorScope.open()) {
            StepForwards forwards = new StepForwards(spec, step, state.x(), nanoTime);
            Optional<Computed> last = state.last();
            Advance advance = advance(policy, step, forwards, last);
            SolverState next = spec.solver().step(state, advance.velocity(), step);
            Role role = advance.decision().role();
            Computed computed = role == Role.REUSED
                    ? last.orElseThrow()
                    : Computed.after(last, role, step.sigma(), advance.velocity());
            OptionalDouble change = OptionalDouble.empty();
            if (policy.wantsMotion()) {
                VelocityChange motion =
                        VelocityChangeMeter.measure(step, role, advance.velocity(), last, state.x(), next.x());
                policy.advanced(motion);
                change = motion.changeOfLarge();
            }
            return new Made(
                    next.with(computed).own(),
                    new StepRecord(
                            step,
                            advance.decision(),
                            advance.divergence(),
                            change,
                            forwards.largeSeconds(),
                            forwards.smallSeconds(),
                            forwards.flops()));
        }
    }

    private static Advance advance(SwitchPolicy policy, Step step, StepForwards forwards, Optional<Computed> last) {
        Decision decision = policy.decide(step);
        if (decision.probe()) {
            return probe(policy, step, decision, forwards);
        }
        return switch (decision.role()) {
            case LARGE -> new Advance(forwards.large(), decision, Optional.empty());
            case SMALL -> small(policy, step, decision, forwards);
            case REUSED -> new Advance(
                    last.orElseThrow(() -> new IllegalStateException("step " + step.index()
                                    + " was decided as REUSED, but no velocity was computed before" + " it"))
                            .carriedTo(step.sigma(), policy.extrapolation()),
                    decision,
                    Optional.empty());
        };
    }

    private static Advance probe(SwitchPolicy policy, Step step, Decision decision, StepForwards forwards) {
        StepForwards.Both both = forwards.both();
        if (both.small().isEmpty()) {
            policy.observe(Reading.smallFailed(step));
            return new Advance(both.large(), withoutSmall(decision), Optional.empty());
        }
        VelocityDivergence divergence =
                DivergenceMeter.measure(both.large(), both.small().get());
        policy.observe(Reading.of(step, divergence));
        return new Advance(both.large(), decision, Optional.of(divergence));
    }

    private static Advance small(SwitchPolicy policy, Step step, Decision decision, StepForwards forwards) {
        Optional<Tensor> small = forwards.small();
        if (small.isPresent()) {
            return new Advance(small.get(), decision, Optional.empty());
        }
        policy.observe(Reading.smallFailed(step));
        return new Advance(forwards.large(), withoutSmall(decision), Optional.empty());
    }

    private static Decision withoutSmall(Decision decision) {
        return new Decision(Role.LARGE, false, Reason.SMALL_FAILED, decision.threshold());
    }
}
