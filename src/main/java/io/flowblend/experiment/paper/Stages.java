package io.flowblend.experiment.paper;

import java.util.OptionalInt;
import org.apache.commons.math3.distribution.FDistribution;

/**
 * The three stages that the paper reads from the velocity divergence by step, and the onset of the late rise in its variance.
 *
 * <p>The middle stage is the run of steps around the least mean whose mean lies in the lowest quarter of the range. The
 * variance, a mean of three neighbouring steps, rises late if at the last step it is at least twice its least value and an F
 * test at 1 % agrees. The onset is the step from which on it stays above one and a half times that value.
 *
 * @param middle first step of the middle stage
 * @param late first step of the late stage; the number of steps if there is none
 * @param steps of the run
 * @param uShaped whether the mean is above the middle's on both sides
 * @param onset of the late rise in variance; empty if there is none
 */
public record Stages(int middle, int late, int steps, boolean uShaped, OptionalInt onset) {
    private static final double LOW_SHARE = 0.25;
    private static final double ONSET_FACTOR = 1.5;
    private static final double RISE_FACTOR = 2;
    private static final double SIGNIFICANCE = 0.01;

    /**
     * @param mean of the divergence, one a step
     * @param variance of it over the requests, one a step
     * @param requests that were measured
     */
    public static Stages of(double[] mean, double[] variance, int requests) {
        if (mean.length == 0 || mean.length != variance.length) {
            throw new IllegalArgumentException(mean.length + " means and " + variance.length + " variances");
        }
        int least = least(mean);
        double most = mean[least];
        for (double value : mean) {
            most = Math.max(most, value);
        }
        double low = mean[least] + LOW_SHARE * (most - mean[least]);
        int middle = least;
        while (middle > 0 && mean[middle - 1] <= low) {
            middle--;
        }
        int late = least + 1;
        while (late < mean.length && mean[late] <= low) {
            late++;
        }
        return new Stages(
                middle, late, mean.length, middle > 0 && late < mean.length, onset(smoothed(variance), requests));
    }

    private static OptionalInt onset(double[] variance, int requests) {
        int least = least(variance);
        double last = variance[variance.length - 1];
        if (requests < 2 || !(last >= RISE_FACTOR * variance[least]) || !significant(last, variance[least], requests)) {
            return OptionalInt.empty();
        }
        int onset = variance.length - 1;
        while (variance[onset - 1] > ONSET_FACTOR * variance[least]) {
            onset--;
        }
        return OptionalInt.of(onset);
    }

    private static boolean significant(double last, double least, int requests) {
        int freedom = requests - 1;
        return least == 0
                ? last > 0
                : new FDistribution(freedom, freedom).cumulativeProbability(last / least) > 1 - SIGNIFICANCE;
    }

    private static double[] smoothed(double[] values) {
        double[] smoothed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int from = Math.max(0, i - 1);
            int to = Math.min(values.length, i + 2);
            for (int j = from; j < to; j++) {
                smoothed[i] += values[j] / (to - from);
            }
        }
        return smoothed;
    }

    private static int least(double[] values) {
        int least = 0;
        for (int i = 1; i < values.length; i++) {
            least = values[i] < values[least] ? i : least;
        }
        return least;
    }

    /** For people. */
    public String words() {
        String text = (uShaped ? "U-shaped: " : "not U-shaped: ") + "early " + range(0, middle) + ", middle "
                + range(middle, late) + ", late " + range(late, steps);
        return text
                + (onset.isPresent()
                        ? "; the variance rises late from step " + onset.getAsInt()
                        : "; no late rise in the variance");
    }

    private static String range(int from, int to) {
        return from == to ? "none" : "steps " + from + " to " + (to - 1);
    }
}
