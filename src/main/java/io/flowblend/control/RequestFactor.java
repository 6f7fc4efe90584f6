package io.flowblend.control;

import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.VelocityDivergence;

/**
 * How much harder this request is for SMALL than the pair's typical one, from its probes.
 *
 * <p>A probe at sigma that reads r where the curve expects c tells {@code ln(r / c)}, weighed by the pair's response w
 * there (early readings say little about a request):
 *
 * <pre>  ln rho = sum(w ln(r / c)) / max(1, sum(w))</pre>
 *
 * so that rho stays near 1 until enough has been read.
 */
final class RequestFactor {
    /** Keeps the ratio finite and near 1 where both models agree to rounding. */
    private static final double FLOOR = 1e-6;

    private final DeviationModel model;
    private int probes;
    private double weights;
    private double weighted;
    private double logs;
    private double last;
    private double jump;

    RequestFactor(DeviationModel model) {
        this.model = model;
    }

    void observe(double sigma, VelocityDivergence reading) {
        double log = Math.log((reading.relativeL2() + FLOOR) / (model.expected(sigma) + FLOOR));
        double weight = model.response(sigma);
        weights += weight;
        weighted += weight * log;
        logs += log;
        jump = probes == 0 ? 0 : Math.abs(log - last) / Math.sqrt(2);
        last = log;
        probes++;
    }

    /** rho; 1 before the first probe. */
    double value() {
        return Math.exp(weighted / Math.max(1, weights));
    }

    /** What remains unknown about rho, in standard deviations of the curve: 1 before the first probe. */
    double doubt() {
        return 1 / Math.sqrt(1 + weights);
    }

    /** Standard deviation of the log ratio that the last two probes suggest; 0 before there are two. */
    double spread() {
        return jump;
    }

    /** Probes so far. */
    int probes() {
        return probes;
    }

    /** Factor by which the readings depart from the curve on average, either way; 1 and up. */
    double departure() {
        return probes == 0 ? 1 : Math.exp(Math.abs(logs / probes));
    }
}
