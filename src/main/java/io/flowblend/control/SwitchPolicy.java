package io.flowblend.control;

import java.util.Optional;

/**
 * Decides, for one request, which model advances each step. Called in the order of the steps: {@link #decide} before a
 * step, {@link #observe} after it if it was a probe or the small model failed in it. Deterministic: the same calls give
 * the same answers.
 */
public interface SwitchPolicy {
    Decision decide(Step step);

    void observe(Reading reading);

    /** The fallback that this request is under, if any. */
    Optional<Fallback> fallback();
}
