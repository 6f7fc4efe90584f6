package io.flowblend.control.plan;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import java.util.EnumMap;
import java.util.Map;

/**
 * How much harder this request is than a typical one, for each source, from its readings.
 *
 * <p>A reading r where the calibration expects c says {@code w ln(r / c)}, with w the source's reading gain there. What
 * several say is averaged by w, since readings with a small gain say little:
 *
 * <pre>  ln rho = min(1, sum(w)) sum(w w ln(r / c)) / sum(w)</pre>
 *
 * <p>so that rho stays near 1 until enough has been read.
 */
public final class RequestDifficulty {
    /** A request about which nothing is known. */
    public static final RequestDifficulty TYPICAL = new RequestDifficulty();

    /** Keeps ratios finite, and near 1 where two velocities agree to rounding. */
    private static final double FLOOR = 1e-4;

    private static final double MOST = 20;

    private final Map<Source, Sum> sums = new EnumMap<>(Source.class);

    private static final class Sum {
        private double weights;
        private double weighted;
    }

    /**
     * @param expected what the calibration says about the reading's source
     * @param reading with an anchor, or of a source that works without
     */
    public void observe(SourceModel expected, AnchorReading reading) {
        double distance = AnchorDistance.of(reading.anchorSigma(), reading.sigma());
        double gain = expected.gain(reading.sigma(), distance);
        double slopeShare = expected.slopeShare(reading.sigma(), distance);
        double usual = expected.residual(reading.sigma(), distance);
        double log = Math.log((reading.residual(gain, slopeShare) + FLOOR) / (usual + FLOOR));
        double weight = expected.readingGain(reading.sigma());
        Sum sum = sums.computeIfAbsent(reading.source(), source -> new Sum());
        sum.weights += weight;
        sum.weighted += weight * weight * log;
    }

    /** rho for a source; 1 before the first reading. */
    public double factor(Source source) {
        Sum sum = sums.get(source);
        if (sum == null || sum.weights == 0) {
            return 1;
        }
        double factor = Math.exp(Math.min(1, sum.weights) * sum.weighted / sum.weights);
        return Math.max(1 / MOST, Math.min(MOST, factor));
    }

    /** What remains unknown, in standard deviations between requests: 1 before the first reading. */
    public double uncertainty(Source source) {
        Sum sum = sums.get(source);
        return sum == null ? 1 : 1 / Math.sqrt(1 + sum.weights);
    }
}
