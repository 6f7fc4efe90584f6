package io.flowblend.control;

/**
 * The controller gave up deciding for the rest of a request.
 *
 * @param cause why
 * @param step index of the first step that was decided by {@code to}
 * @param to what decides from then on
 */
public record Fallback(Cause cause, int step, Target to) {
    /** Why a request fell back. */
    public enum Cause {
        /** Nothing is known about the pair under these conditions. */
        NOT_CALIBRATED,
        /** The evidence has too few samples for this run. */
        TOO_FEW_SAMPLES,
        /** The run has more steps than are planned: the time that a plan takes grows with the fourth power of their number. */
        TOO_MANY_STEPS,
        /** The calibration was made with other weights. */
        STALE_FINGERPRINT,
        /** The pair's models no longer behave as the calibration says. */
        DRIFT,
        /** The small model failed or gave a non-finite velocity. */
        SMALL_FAILED
    }

    /** What decides after a fallback. */
    public enum Target {
        STORED_PROFILE,
        LARGE
    }
}
