package io.flowblend.control;

import java.util.Optional;

/**
 * Lets another policy decide and records it, but always runs LARGE: a step with reason SHADOW is one that SMALL would have
 * advanced. Every other decision is shown as it is.
 */
public final class ShadowPolicy implements SwitchPolicy {
    private final SwitchPolicy inner;

    public ShadowPolicy(SwitchPolicy inner) {
        this.inner = inner;
    }

    @Override
    public Decision decide(Step step) {
        Decision decision = inner.decide(step);
        return decision.role() == Role.LARGE
                ? decision
                : new Decision(Role.LARGE, false, Reason.SHADOW, decision.threshold());
    }

    @Override
    public void observe(Reading reading) {
        inner.observe(reading);
    }

    @Override
    public boolean wantsMotion() {
        return inner.wantsMotion();
    }

    @Override
    public double extrapolation() {
        return inner.extrapolation();
    }

    @Override
    public void advanced(VelocityChange motion) {
        inner.advanced(motion);
    }

    @Override
    public Optional<Fallback> fallback() {
        return inner.fallback();
    }
}
