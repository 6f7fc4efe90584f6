package io.flowblend.control;

import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.VelocityDivergence;

/**
 * How much harder this request is for SMALL than the pair's typical one, from its probes.
 *
 * <p>A probe at sigma that reads r where the curve expects c says {@code w ln(r / c)}, with w the pair's response there:
 * the slope of the logarithm of the deviation on that of the ratio. What several say is averaged by w, since early
 * readings, whose response is near 0, say little:
 *
 * <pre>  ln rho = min(1, sum(w)) sum(w w ln(r / c)) / sum(w)</pre>
 *
 * <p>so that rho stays near 1 until enough has been read. On {@code digits} one probe near sigma 0.75 (w about 1.9) halves
 * the uncertainty about a prompt, from 0.29 to 0.15 in ln rho, left out prompts predicted by the others. The free
 * self-difference of LARGE there leaves 0.17 alone and adds nothing to a probe (0.16 for both), nor does its change
 * predict how the divergence moves between probes (0.058 against 0.051 without it), so it is not used.
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
        weighted += weight * weight * log;
        logs += log;
        jump = probes == 0 ? 0 : Math.abs(log - last) / Math.sqrt(2);
        last = log;
        probes++;
    }

    /** rho; 1 before the first probe. */
    double value() {
        return weights == 0 ? 1 : Math.exp(Math.min(1, weights) * weighted / weights);
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
