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
 * EasyCache's rule (Zhou et al. 2025, arXiv 2507.02860) on LARGE: between two computed velocities the transformation rate
 *
 * <pre>  K = mean|v_i - v_j| / mean|x_i - x_j|</pre>
 *
 * <p>changes little, so the change of the output can be told from that of the input:
 * {@code E += K mean|x_k - x_{k-1}| / mean|v|}. While E stays below tau the last velocity is reused; otherwise it is
 * computed and E starts from 0. The first {@value #WARM_UP} of the steps and the last one are always computed.
 *
 * <p>Fitted to what is here: the paper keeps {@code v - x} and adds today's x, which differs from keeping v by the change
 * of x since then, a few hundredths; it runs the guidance's two passes apart, here v is the guided velocity; and
 * {@code |x_i - x_j|} is the sum over the steps between, which on a nearly straight path is the same. The paper reuses a
 * velocity as it was; a slope share above 0 is an improvement on it that is measured beside it.
 */
public final class EasyCachePolicy implements SwitchPolicy {
    static final double WARM_UP = 0.2;

    private final double tau;
    private final double slopeShare;
    private double sinceComputed;
    private double lastInputChange;
    private double rate;
    private double velocity;
    private double expected;

    /**
     * @param tau summed relative change of the velocity up to which it is reused, above 0; larger: fewer forwards
     * @param slopeShare share of the velocity's last change that is followed, 0..1; 0 is the paper's rule
     */
    public EasyCachePolicy(double tau, double slopeShare) {
        if (!(tau > 0)) {
            throw new IllegalArgumentException("tau must be above 0, not " + tau);
        }
        if (!(slopeShare >= 0 && slopeShare <= 1)) {
            throw new IllegalArgumentException("slope share must be in 0..1, not " + slopeShare);
        }
        this.tau = tau;
        this.slopeShare = slopeShare;
    }

    @Override
    public Decision decide(Step step) {
        boolean warmingUp = step.index() < WARM_UP * step.count() || rate == 0;
        if (warmingUp || step.isLast()) {
            return Decision.large(warmingUp ? Reason.HEAD : Reason.TAIL);
        }
        expected += rate * lastInputChange / velocity;
        Decision.Comparison comparison = new Decision.Comparison(Source.REUSED.letter(), expected, tau);
        if (comparison.allows()) {
            return Decision.of(Move.of(Source.REUSED), Reason.SCHEDULE)
                    .predicting(1, slopeShare)
                    .comparing(comparison);
        }
        expected = 0;
        return Decision.large(Reason.SCHEDULE).comparing(comparison);
    }

    @Override
    public void observe(Reading reading) {
        reading.change().ifPresent(this::observe);
    }

    private void observe(VelocityChange change) {
        if (change.source().runsModel()) {
            if (sinceComputed > 0) {
                rate = change.velocityChange() / sinceComputed;
            }
            velocity = change.velocity();
            sinceComputed = 0;
        }
        lastInputChange = change.latentsChange();
        sinceComputed += lastInputChange;
    }
}
