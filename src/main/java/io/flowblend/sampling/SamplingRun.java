package io.flowblend.sampling;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.control.Decision;
import io.flowblend.control.Reading;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A run from noise to latents, made step by step: the policy decides the move, its velocity is computed (on a probe that of
 * both models), and the solver advances the latents. Where a velocity comes from changes nothing else, so a run in which
 * all sources agree is the run of any of them.
 *
 * <p>A step is the unit of everything: one decision, one scope for its native memory, one record in the trace. Between two
 * steps the caller may look at the state, keep it, or stop. Each step may be made by another thread, one at a time.
 */
public final class SamplingRun implements AutoCloseable {
    private static final double NANOS = 1e-9;

    private final SamplingSpec spec;
    private final SwitchPolicy policy;
    private final LongSupplier nanoTime;
    private final List<StepRecord> records = new ArrayList<>();
    private RunState state;
    private double seconds;

    /** A run by the system's clock. */
    public SamplingRun(SamplingSpec spec, SwitchPolicy policy) {
        this(spec, policy, System::nanoTime);
    }

    /**
     * @param spec where it begins and all that it depends on
     * @param policy has seen the readings of the steps before the first one, if any
     * @param nanoTime a clock in nanoseconds of any origin
     */
    public SamplingRun(SamplingSpec spec, SwitchPolicy policy, LongSupplier nanoTime) {
        this.spec = spec;
        this.policy = policy;
        this.nanoTime = nanoTime;
        this.state = spec.start().own();
    }

    /**
     * Goes on where another run of the same kind stood.
     *
     * @param spec with the state of that run as its start
     * @param policy as new; it is shown the steps that were made
     * @param made the steps that were made
     * @param seconds that they took
     */
    public static SamplingRun resumed(SamplingSpec spec, SwitchPolicy policy, List<StepRecord> made, double seconds) {
        for (StepRecord line : made) {
            policy.decide(line.step());
            policy.observe(line.reading());
        }
        SamplingRun run = new SamplingRun(spec, policy);
        run.records.addAll(made);
        run.seconds = seconds;
        return run;
    }

    /** Whether the last step was made. */
    public boolean done() {
        return state.nextStep() == spec.schedule().steps();
    }

    /**
     * Makes the next step on the calling thread. If it throws, the run stands where it stood before.
     *
     * @throws NonFiniteVelocityException if the large model gives a non-finite velocity
     */
    @SuppressWarnings("try") // scope and guard are there for what their closing ends
    public StepRecord step() {
        if (done()) {
            throw new IllegalStateException("the run has made its last step");
        }
        long start = nanoTime.getAsLong();
        try (TensorScope scope = TensorScope.open();
                NoGradGuard inferenceOnly = new NoGradGuard()) {
            Step step = spec.schedule().step(state.nextStep());
            Decision decided = policy.decide(step);
            StepForwards forwards = new StepForwards(spec, step, state.x(), nanoTime);
            StepVelocity made = StepVelocity.compute(decided, step, forwards, state);
            SolverState after = spec.solver().step(state.solver(), made.velocity(), step);
            Optional<StepForwards> atEnd = Optional.empty();
            if (spec.solver().corrects(step)) {
                Step end = spec.schedule().step(step.index() + 1);
                StepForwards forwardsAtEnd = new StepForwards(spec, end, after.x(), nanoTime);
                Tensor velocity = StepVelocity.alone(made.decision(), end, forwardsAtEnd, state);
                after = spec.solver().corrected(state.solver(), made.velocity(), velocity, step);
                atEnd = Optional.of(forwardsAtEnd);
            }
            List<AnchorReading> read = AnchorReadings.measure(step, made, state.anchors(), spec.tracked());
            Optional<VelocityChange> change = spec.measuresChange()
                    ? Optional.of(VelocityChangeMeter.measure(step, made, state, after.x()))
                    : Optional.empty();
            Reading reading = new Reading(step, made.decision(), made.divergence(), read, change);
            policy.observe(reading);

            advance(state.next(step, made.decision(), made.known(), after));
            StepRecord line = new StepRecord(
                    reading,
                    forwards.largeSeconds()
                            + atEnd.map(StepForwards::largeSeconds).orElse(0.0),
                    forwards.smallSeconds()
                            + atEnd.map(StepForwards::smallSeconds).orElse(0.0),
                    forwards.flops() + atEnd.map(StepForwards::flops).orElse(0.0));
            records.add(line);
            return line;
        } finally {
            seconds += (nanoTime.getAsLong() - start) * NANOS;
        }
    }

    private void advance(RunState next) {
        next.own();
        state.close();
        state = next;
    }

    /** Makes the steps that are left. */
    public Trace finish() {
        while (!done()) {
            step();
        }
        return trace();
    }

    /** Where the run stands; valid until the next step. {@link RunState#own()} keeps it. */
    public RunState state() {
        return state;
    }

    /** Latents where the run stands, at sigma 0 once it is done; the caller owns them and has to close them. */
    public Tensor latents() {
        return TensorScope.own(state.x());
    }

    /** The steps that were made, those of the run that this one went on from included. */
    public Trace trace() {
        return new Trace(records);
    }

    /** Time spent in the steps, everything included. */
    public double seconds() {
        return seconds;
    }

    @Override
    public void close() {
        state.close();
    }
}
