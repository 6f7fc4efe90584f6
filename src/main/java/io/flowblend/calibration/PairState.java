package io.flowblend.calibration;

/** How much the service knows about a pair. */
public enum PairState {
    /** Nothing: served by the large model with probes, from which its sources are read. */
    COLD,
    /** There are readings, but too few or no promise samples for the adaptive policy. */
    LEARNING,
    /** Source models and promise samples are there and hold. */
    ADAPTIVE,
    /** The models no longer behave as the calibration says. */
    DRIFTED
}
