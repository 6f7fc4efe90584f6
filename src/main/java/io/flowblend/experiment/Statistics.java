package io.flowblend.experiment;

import java.util.Collection;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/** The statistics that the benchmarks report. All confidence is 95 %. */
public final class Statistics {
    private static final double CONFIDENCE = 0.95;

    private Statistics() {}

    /**
     * A mean with its confidence interval by Student's distribution, one value a prompt.
     *
     * @param mean NaN without values
     * @param half half of the interval's width; 0 with fewer than two values
     */
    public record Mean(double mean, double half) {
        public static Mean of(double... values) {
            if (values.length < 2) {
                return new Mean(StatUtils.mean(values), 0);
            }
            double t = new TDistribution(values.length - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
            double error = Math.sqrt(StatUtils.variance(values) / values.length);
            return new Mean(StatUtils.mean(values), t * error);
        }

        public static Mean of(Collection<Double> values) {
            return of(array(values));
        }
    }

    /**
     * A figure with the range in which 95 % of those lie that came of prompts drawn with replacement (bootstrap).
     *
     * @param low, high NaN if none were drawn
     */
    public record Interval(double value, double low, double high) {
        public static Interval of(double value, double... drawn) {
            double tail = 100 * (1 - CONFIDENCE) / 2;
            return drawn.length == 0
                    ? new Interval(value, Double.NaN, Double.NaN)
                    : new Interval(value, StatUtils.percentile(drawn, tail), StatUtils.percentile(drawn, 100 - tail));
        }
    }

    /**
     * How well promises are kept.
     *
     * @param promised requests that were promised a deviation above 0
     * @param kept share of them that stayed within it
     * @param atLeast lower bound of that share: with its confidence the true one is no smaller
     * @param sharpness 95 % quantile of reached over promised deviation: above 1 the promise is broken, far below 1 it is
     *     too careful
     */
    public record Kept(int promised, double kept, double atLeast, double sharpness) {
        /** @param ratios reached over promised deviation, one or more */
        public static Kept of(Collection<Double> ratios) {
            int kept = (int) ratios.stream().filter(ratio -> ratio <= 1).count();
            return new Kept(
                    ratios.size(),
                    (double) kept / ratios.size(),
                    Statistics.atLeast(kept, ratios.size()),
                    quantile95(array(ratios)));
        }
    }

    /** Lower bound of a share that was seen {@code hits} times in {@code trials} (Clopper and Pearson, one-sided). */
    public static double atLeast(int hits, int trials) {
        return hits == 0
                ? 0
                : new BetaDistribution(hits, trials - hits + 1.0).inverseCumulativeProbability(1 - CONFIDENCE);
    }

    /** NaN without values. */
    public static double quantile95(double... values) {
        return StatUtils.percentile(values, 100 * CONFIDENCE);
    }

    /** NaN without values. */
    public static double median(Collection<Double> values) {
        return StatUtils.percentile(array(values), 50);
    }

    private static double[] array(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
