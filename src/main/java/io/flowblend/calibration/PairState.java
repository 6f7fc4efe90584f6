package io.flowblend.calibration;

/** How much the service knows about a pair. */
public enum PairState {
    /** Nothing: served by the large model with probes, whose readings make the first curve. */
    COLD,
    /** A curve is there but has too few samples for the adaptive policy. */
    LEARNING,
    /** Curve, sensitivity and thresholds are there and hold. */
    ADAPTIVE,
    /** The models no longer behave as the calibration says. */
    DRIFTED
}
