package io.flowblend.control.simulator;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import java.util.Optional;

/**
 * The unknown part of a source where it was known last, and its slope from where it was known before that.
 *
 * @param by source of the velocity that advanced the step
 * @param sigma noise level of the step
 * @param unknown w there
 * @param slope of w over sigma; zero if another source advanced the step before
 */
record VectorAnchor(Source by, double sigma, double[] unknown, double[] slope) {
    static VectorAnchor after(Optional<VectorAnchor> last, Source by, double sigma, double[] unknown) {
        double[] slope = new double[unknown.length];
        last.filter(before -> before.by == by).ifPresent(before -> {
            for (int i = 0; i < slope.length; i++) {
                slope[i] = (unknown[i] - before.unknown[i]) / (sigma - before.sigma);
            }
        });
        return new VectorAnchor(by, sigma, unknown, slope);
    }

    /** Adds {@code gain (w_a + slopeShare slope_a (sigma - sigma_a))}. */
    void addTo(double[] values, double atSigma, double gain, double slopeShare) {
        for (int i = 0; i < values.length; i++) {
            values[i] += gain * (unknown[i] + slopeShare * slope[i] * (atSigma - sigma));
        }
    }

    static AnchorReading reading(
            Source source, Optional<VectorAnchor> anchor, double sigma, double[] w, double[] large) {
        double unit = dot(large, large);
        if (anchor.isEmpty()) {
            return AnchorReading.plain(source, sigma, dot(w, w) / unit);
        }
        VectorAnchor a = anchor.get();
        double reach = sigma - a.sigma;
        return new AnchorReading(
                source,
                sigma,
                a.sigma,
                dot(w, w) / unit,
                dot(w, a.unknown) / unit,
                reach * dot(w, a.slope) / unit,
                dot(a.unknown, a.unknown) / unit,
                reach * dot(a.unknown, a.slope) / unit,
                reach * reach * dot(a.slope, a.slope) / unit);
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double[] difference(double[] a, double[] b) {
        double[] difference = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return difference;
    }

    static double distance(double[] a, double[] b) {
        double[] difference = difference(a, b);
        return Math.sqrt(dot(difference, difference));
    }
}
