package io.flowblend.control;

/**
 * Lets another policy decide and records it, but runs LARGE: a step with reason SHADOW is one that a cheaper source would
 * have advanced.
 */
public final class ShadowPolicy implements SwitchPolicy {
    private final SwitchPolicy inner;

    public ShadowPolicy(SwitchPolicy inner) {
        this.inner = inner;
    }

    @Override
    public Decision decide(Step step) {
        Decision decision = inner.decide(step);
        return decision.move().isLarge() ? decision : decision.insteadOf(Move.LARGE, Reason.SHADOW);
    }

    @Override
    public void observe(Reading reading) {
        inner.observe(reading);
    }
}
