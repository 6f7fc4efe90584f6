package io.flowblend.control;

/**
 * How much harder this request is than the pair's typical one, from readings of it: probes for SMALL, changes of LARGE's
 * own velocity for REUSED.
 *
 * <p>A reading r where the curve expects c says {@code w ln(r / c)}, with w the pair's response there: the slope of the
 * logarithm of the deviation on that of the ratio. What several say is averaged by w, since early readings, whose response
 * is near 0, say little:
 *
 * <pre>  ln rho = min(1, sum(w)) sum(w w ln(r / c)) / sum(w)</pre>
 *
 * <p>so that rho stays near 1 until enough has been read. On {@code digits} one probe near sigma 0.75 halves the uncertainty
 * about a prompt, from 0.29 to 0.15 in ln rho, left out prompts predicted by the others. The changes of LARGE's velocity,
 * which cost nothing, add nothing to a probe for SMALL (0.16 for both); for REUSED they are the thing itself: between
 * sigma 0.92 and 0.8 they explain half of the variance between prompts (correlation 0.72, slope 1.06).
 */
final class RequestDifficulty {
    /** Keeps the ratio finite and near 1 where both models agree to rounding. */
    private static final double FLOOR = 1e-6;

    private int readings;
    private double weights;
    private double weighted;
    private double logs;
    private double last;
    private double jump;

    /**
     * @param read 0 and up
     * @param expected by the curve, 0 and up
     * @param response w, 0 and up
     */
    void observe(double read, double expected, double response) {
        double log = Math.log((read + FLOOR) / (expected + FLOOR));
        weights += response;
        weighted += response * response * log;
        logs += log;
        jump = readings == 0 ? 0 : Math.abs(log - last) / Math.sqrt(2);
        last = log;
        readings++;
    }

    /** rho; 1 before the first reading. */
    double value() {
        return weights == 0 ? 1 : Math.exp(Math.min(1, weights) * weighted / weights);
    }

    /** What remains unknown about rho, in standard deviations of the curve: 1 before the first reading. */
    double doubt() {
        return 1 / Math.sqrt(1 + weights);
    }

    /** Standard deviation of the log ratio that the last two readings suggest; 0 before there are two. */
    double spread() {
        return jump;
    }

    int readings() {
        return readings;
    }

    /** Factor by which the readings depart from the curve on average, either way; 1 and up. */
    double departure() {
        return readings == 0 ? 1 : Math.exp(Math.abs(logs / readings));
    }
}
