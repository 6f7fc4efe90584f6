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
        /** No calibration is stored for the pair. */
        NOT_CALIBRATED,
        /** The curve has too few samples where it is needed. */
        TOO_FEW_SAMPLES,
        /** The calibration was made with other weights. */
        STALE_FINGERPRINT,
        /** The probes of this request are far from what the curve says. */
        DRIFT,
        /** The small model's velocity is no better than none. */
        SMALL_WORTHLESS,
        /** The small model failed or gave a non-finite velocity. */
        SMALL_FAILED
    }

    /** What decides after a fallback. */
    public enum Target {
        STORED_PROFILE,
        LARGE
    }
}
