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

    /**
     * Share of its last slope along which a REUSED velocity is carried on, 0 = it is taken as it was, 1 = linear
     * extrapolation; the same for a whole request. Half the slope errs least on {@code digits}: by a third less than none
     * and, unlike the whole, never by more.
     */
    default double extrapolation() {
        return 0.5;
    }

    /** What the step that was just made changed. */
    default void advanced(VelocityChange motion) {}
}
