package io.flowblend.control.rival;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;

/**
 * SRDiffusion's adaptive switch (Cheng et al. 2025, arXiv 2505.19151): LARGE sketches, then SMALL renders to the end, once
 * and for all. With the velocities that LARGE gave,
 *
 * <pre>  d_k = tanh(mean|v_k - v_{k-1}| / mean|v_{k-1}|)</pre>
 *
 * <p>the switch comes where d levels off, {@code |d_k - d_{k-1}| < delta}, but not before {@value #LEAST} and at the
 * latest after {@value #MOST} large steps (the paper's limits for 50 steps, kept as they are).
 */
public final class SrDiffusionPolicy implements SwitchPolicy {
    static final int LEAST = 5;
    static final int MOST = 30;

    private final double delta;
    private int largeSteps;
    private double last = Double.NaN;
    private double difference = Double.POSITIVE_INFINITY;

    /** @param delta change of d below which it counts as level, above 0; larger: earlier switch */
    public SrDiffusionPolicy(double delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("delta must be above 0, not " + delta);
        }
        this.delta = delta;
    }

    @Override
    public Decision decide(Step step) {
        Decision decision =
                switched() ? Decision.of(Move.of(Source.SMALL), Reason.SCHEDULE) : Decision.large(Reason.SCHEDULE);
        return decision.comparing(new Decision.Comparison(Source.SMALL.letter(), difference, delta));
    }

    private boolean switched() {
        return largeSteps >= MOST || (largeSteps >= LEAST && difference < delta);
    }

    @Override
    public void observe(Reading reading) {
        if (!switched()) {
            reading.change().ifPresent(this::observe);
        }
    }

    private void observe(VelocityChange change) {
        largeSteps++;
        if (change.lastVelocity() == 0) {
            return;
        }
        double d = Math.tanh(change.relativeVelocityChange());
        difference = Double.isNaN(last) ? Double.POSITIVE_INFINITY : Math.abs(d - last);
        last = d;
    }
}
