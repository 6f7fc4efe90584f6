package io.flowblend.control;

import java.util.Optional;

/**
 * Decides, for one request, which model advances each step. Called in the order of the steps: {@link #decide} before a
 * step, {@link #observe} after it if it was a probe or the small model failed in it, {@link #advanced} after it if the
 * policy wants to know. Deterministic: the same calls give the same answers.
 */
public interface SwitchPolicy {
    Decision decide(Step step);

    void observe(Reading reading);

    /** The fallback that this request is under, if any. */
    Optional<Fallback> fallback();

    /** Whether {@link #advanced} is to be called; otherwise nothing is measured for it. The same for a whole request. */
    default boolean wantsMotion() {
        return false;
    }

    /** What the step that was just made changed. */
    default void advanced(Motion motion) {}
}
