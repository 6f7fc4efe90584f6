package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;

/**
 * How far a step lies from its anchor, in widths of {@link SigmaBins}, so that runs of 10, 20 and 60 steps share what was
 * learned. Kept in classes whose centres double from one to the next; a further class stands for "no anchor".
 */
public final class AnchorDistance {
    /** Classes with an anchor. */
    public static final int CLASSES = 6;

    /** Index of the class without an anchor. */
    public static final int NONE = CLASSES;

    private static final double FIRST = 0.25;

    private AnchorDistance() {}

    /**
     * @param anchorSigma noise level of the anchor; NaN if there is none
     * @param sigma noise level of the step, not above it
     * @return 0 and up; infinite without an anchor
     */
    public static double of(double anchorSigma, double sigma) {
        return Double.isNaN(anchorSigma)
                ? Double.POSITIVE_INFINITY
                : Math.max(0, SigmaBins.position(anchorSigma) - SigmaBins.position(sigma));
    }

    /** Centre of a class, in bin widths. */
    public static double centre(int distanceClass) {
        return FIRST * (1 << distanceClass);
    }

    /** The class that a distance counts in. */
    public static int classOf(double distance) {
        return distance == Double.POSITIVE_INFINITY
                ? NONE
                : (int) Math.max(0, Math.min(CLASSES - 1.0, Math.rint(position(distance))));
    }

    /** Continuous class of a finite distance, within 0..CLASSES - 1. */
    static double position(double distance) {
        double octaves = Math.log(Math.max(distance, 1e-9) / FIRST) / Math.log(2);
        return Math.max(0, Math.min(CLASSES - 1.0, octaves));
    }
}
