package io.flowblend.control.rival;

import io.flowblend.control.Decision;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.VelocityChange;

/**
 * TeaCache's rule (Liu et al. 2024, arXiv 2411.19108) on LARGE: the relative change of the model's input,
 *
 * <pre>  sum of mean|F_k - F_{k-1}| / mean|F_{k-1}|</pre>
 *
 * <p>is added up since the last computed velocity; while it is below delta that velocity is taken again. The first and the
 * last step are always computed.
 *
 * <p>Fitted to what is here: F is the noisy latents, since the input modulated by the time embedding is inside the model
 * and differs from model to model. The paper rescales the change by a polynomial that it fits to each model; delta takes
 * its constant part, the rest is left out.
 */
public final class TeaCachePolicy extends UnprobedPolicy {
    private final double delta;
    private double lastChange;
    private double summed;

    /** @param delta summed relative change of the input up to which the velocity is reused, above 0; larger: fewer forwards */
    public TeaCachePolicy(double delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("delta must be above 0, not " + delta);
        }
        this.delta = delta;
    }

    @Override
    public Decision decide(Step step) {
        if (step.index() == 0 || step.isLast()) {
            return Decision.large(step.isLast() ? Reason.TAIL : Reason.HEAD);
        }
        summed += lastChange;
        if (summed < delta) {
            return Decision.reused(Reason.UNCHANGED).against(delta);
        }
        summed = 0;
        return Decision.large(Reason.ABOVE_ENTRY).against(delta);
    }

    @Override
    public void advanced(VelocityChange motion) {
        lastChange = motion.latents() == 0 ? 0 : motion.latentsChange() / motion.latents();
    }
}
