package io.flowblend.evidence;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Source;
import io.flowblend.evidence.CellEvidence.Gain;
import java.util.List;

/**
 * The shapes that are taken to hold for a source where nothing was measured: how its residual and gain change with the
 * distance to its anchor, and its sensitivity over sigma. Levels are always the pair's own; so are promises. The figures
 * were read off the first built-in pair: 256 twin runs at guidance 4 for the sensitivity, and gains of .99 at one of 40 steps
 * and .63 at eight.
 *
 * @param gains by class of {@link AnchorDistance}
 * @param slopeShare at every distance
 * @param residuals by class of {@link AnchorDistance}, the class without an anchor last; only their ratios count
 * @param sensitivity A by sigma bin, in deviation per (sigma x residual)
 * @param exponent p
 * @param readingGain see {@link io.flowblend.calibration.SourceModel}
 */
record Prior(
        List<Double> gains,
        double slopeShare,
        List<Double> residuals,
        List<Double> sensitivity,
        double exponent,
        double readingGain) {
    /** Deviation that errors saturate at: two videos of equal size that have nothing in common are sqrt(2) apart. */
    static final double CEILING = 1.5;

    /** Standard deviation of a residual between requests over its mean. */
    static final double SPREAD = 0.3;

    private static final List<Double> OF_SMALL =
            List.of(1.2, 1.4, 1.35, 1.3, 1.4, 1.7, 2.1, 2.6, 3.5, 4.2, 5.3, 6.0, 8.0, 9.7, 12.0, 18.0);
    private static final List<Double> OF_REUSED =
            List.of(2.3, 1.75, 1.5, 1.45, 1.45, 1.6, 1.9, 2.7, 4.0, 5.5, 8.5, 12.0, 20.0, 28.0, 22.0, 18.0);

    private static final Prior SMALL = new Prior(
            List.of(0.99, 0.98, 0.93, 0.8, 0.55, 0.25),
            0.3,
            List.of(0.14, 0.2, 0.37, 0.6, 0.84, 0.97, 1.0),
            OF_SMALL,
            1,
            0.5);
    private static final Prior REUSED = new Prior(
            List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
            0.5,
            List.of(0.027, 0.05, 0.1, 0.19, 0.35, 0.6, 1.0),
            OF_REUSED,
            1.5,
            1);
    private static final Prior GUIDANCE_REUSED = new Prior(
            List.of(1.0, 1.0, 1.0, 0.95, 0.9, 0.8),
            0.5,
            List.of(0.1, 0.18, 0.32, 0.5, 0.75, 0.9, 1.0),
            OF_SMALL,
            1.5,
            1);

    static Prior of(Source source) {
        return switch (source) {
            case SMALL -> SMALL;
            case REUSED -> REUSED;
            case GUIDANCE_REUSED -> GUIDANCE_REUSED;
            case LARGE -> throw new IllegalArgumentException("LARGE is exact and has no prior");
        };
    }

    Gain gain(int distanceClass) {
        return distanceClass == AnchorDistance.NONE ? Gain.NOTHING : new Gain(gains.get(distanceClass), slopeShare);
    }
}
