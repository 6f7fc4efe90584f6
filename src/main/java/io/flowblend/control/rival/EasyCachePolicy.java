package io.flowblend.control.rival;

import io.flowblend.control.Decision;
import io.flowblend.control.Reason;
import io.flowblend.control.Role;
import io.flowblend.control.Step;
import io.flowblend.control.VelocityChange;

/**
 * EasyCache's rule (Zhou et al. 2025, arXiv 2507.02860) on LARGE: between two computed velocities the transformation rate
 *
 * <pre>  K = mean|v_i - v_j| / mean|x_i - x_j|</pre>
 *
 * <p>changes little, so the change of the output can be told from that of the input:
 * {@code E += K mean|x_k - x_{k-1}| / mean|v|}. While E stays below tau the last velocity is taken again; otherwise it is
 * computed and E starts from 0. The first {@value #WARM_UP} of the steps and the last one are always computed.
 *
 * <p>Fitted to what is here: the paper keeps {@code v - x} and adds today's x, which differs from keeping v by the motion
 * of x since then, a few hundredths; it runs the guidance's two passes apart, here v is the guided velocity; and
 * {@code |x_i - x_j|} is the sum over the steps between, which on a nearly straight path is the same.
 */
public final class EasyCachePolicy extends UnprobedPolicy {
    static final double WARM_UP = 0.2;

    private final double tau;
    private double sinceComputed;
    private double lastInputChange;
    private double rate;
    private double velocity;
    private double expected;

    /** @param tau summed relative change of the velocity up to which it is reused, above 0; larger: fewer forwards */
    public EasyCachePolicy(double tau) {
        if (!(tau > 0)) {
            throw new IllegalArgumentException("tau must be above 0, not " + tau);
        }
        this.tau = tau;
    }

    @Override
    public Decision decide(Step step) {
        boolean warmingUp = step.index() < WARM_UP * step.count() || rate == 0;
        if (warmingUp || step.isLast()) {
            return Decision.large(warmingUp ? Reason.HEAD : Reason.TAIL);
        }
        expected += rate * lastInputChange / velocity;
        if (expected < tau) {
            return Decision.reused(Reason.UNCHANGED).against(tau);
        }
        expected = 0;
        return Decision.large(Reason.ABOVE_ENTRY).against(tau);
    }

    @Override
    public void advanced(VelocityChange motion) {
        if (motion.role() != Role.REUSED) {
            if (sinceComputed > 0) {
                rate = motion.velocityChange() / sinceComputed;
            }
            velocity = motion.velocity();
            sinceComputed = 0;
        }
        lastInputChange = motion.latentsChange();
        sinceComputed += lastInputChange;
    }
}
