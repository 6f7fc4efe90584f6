package io.flowblend.calibration;

/**
 * What a source's unknown part w was at a step where LARGE ran, and what its anchor would have predicted. All products are
 * inner products over all values, divided by {@code |v_L|^2}; see {@link Source} for the letters. With {@code s = slope_a
 * (sigma - sigma_a)} the residual of every gain and slope share follows from six numbers.
 *
 * @param source whose unknown part it is; not LARGE
 * @param sigma noise level of the step, 0..1
 * @param anchorSigma noise level of the anchor, above {@code sigma}; NaN without an anchor, and then all products but the
 *     first are 0
 * @param ww {@code w.w}, 0 and up
 * @param wa {@code w.w_a}
 * @param ws {@code w.s}
 * @param aa {@code w_a.w_a}, 0 and up
 * @param as {@code w_a.s}
 * @param ss {@code s.s}, 0 and up; 0 where there was no step before the anchor to take a slope from
 */
public record AnchorReading(
        Source source,
        double sigma,
        double anchorSigma,
        double ww,
        double wa,
        double ws,
        double aa,
        double as,
        double ss) {
    /** A reading without an anchor: only the size of the unknown part is known. */
    public static AnchorReading plain(Source source, double sigma, double ww) {
        return new AnchorReading(source, sigma, Double.NaN, ww, 0, 0, 0, 0, 0);
    }

    public boolean hasAnchor() {
        return !Double.isNaN(anchorSigma);
    }

    public boolean isFinite() {
        return Double.isFinite(ww + wa + ws + aa + as + ss);
    }

    /** {@code |w| / |v_L|}: the residual of a source that takes its unknown part as zero. */
    public double plainResidual() {
        return Math.sqrt(Math.max(0, ww));
    }

    /** {@code |w - gain (w_a + slopeShare s)| / |v_L|}. */
    public double residual(double gain, double slopeShare) {
        double predicted = aa + 2 * slopeShare * as + slopeShare * slopeShare * ss;
        double common = wa + slopeShare * ws;
        return Math.sqrt(Math.max(0, ww - 2 * gain * common + gain * gain * predicted));
    }
}
