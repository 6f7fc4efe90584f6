package io.flowblend.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * How far requests end whose predicted deviation is known: from finished runs of this pair that were made again by LARGE
 * alone. Runs are only compared with runs of the same step class and source mix. For a predicted deviation p, the
 * {@value #NEIGHBOURS} samples with the nearest predictions give scores {@code actual / predicted}; the promise is p times
 * their split conformal quantile, the {@code ceil(coverage (n + 2))}-th smallest (Vovk et al. 2005,
 * for n / 2 independent runs of two samples each). It never falls while p
 * rises. Where n is too small for that rank, the largest score counts, and as much more as {@link #margin} says.
 *
 * @param samples in any order
 * @param shift by which audits moved the coverage that quantiles are taken at, -0.5..0.05 (adaptive conformal inference,
 *     Gibbs and Candes 2021); 0 before any audit
 */
public record PromiseCurve(List<Sample> samples, double shift) {
    /** Nothing is known: nothing can be promised. */
    public static final PromiseCurve NONE = new PromiseCurve(List.of(), 0);

    /** With this many samples the largest one is above the 95 % quantile with a confidence of 95 %. */
    public static final int FIRM = 59;

    /** Fewer runs of one step count and mix promise nothing. */
    public static final int FEWEST = 4;

    /** Ends the mix of runs whose schedule was fixed beforehand. */
    public static final String FIXED = "=";

    private static final int NEIGHBOURS = FIRM;

    /** Runs of one prompt with neighbouring predictions are alike: so many count as one. */
    private static final int ALIKE = 2;

    private static final int KNOTS = 24;
    private static final double LEAST = 1e-4;

    /** Promises are never smaller, so that rounding cannot break one. */
    private static final double SMALLEST = 1e-5;

    /**
     * One run that was made again.
     *
     * @param steps of the run, 1..1000
     * @param mix letters of the sources other than LARGE that could be chosen, in alphabetical order; then {@link #FIXED} if
     *     the schedule was fixed beforehand, whatever the run showed
     * @param predicted deviation predicted at its end, above 0
     * @param actual deviation measured, 0..100
     */
    public record Sample(int steps, String mix, double predicted, double actual) {
        public Sample {
            Range.check("steps", steps, 1, 1000);
            Range.check("predicted", predicted, 1e-9, 100);
            Range.check("actual", actual, 0, 100);
        }
    }

    public PromiseCurve {
        samples = List.copyOf(samples);
        Range.check("shift", shift, -0.5, 0.05);
    }

    /** The curve of one step class and source mix at one coverage. */
    public static final class Line {
        private final int steps;
        private final int count;
        private final double[] predicted;
        private final double[] promised;
        private final boolean provisional;

        private Line(List<Sample> samples, double coverage) {
            List<Sample> sorted = samples.stream()
                    .sorted(Comparator.comparingDouble(Sample::predicted))
                    .toList();
            this.steps = sorted.get(0).steps();
            this.count = sorted.size();
            this.provisional = count < FIRM;
            double low = Math.log(Math.max(LEAST, sorted.get(0).predicted()));
            double high = Math.log(Math.max(LEAST, sorted.get(count - 1).predicted()));
            int knots = high > low ? KNOTS : 1;
            this.predicted = new double[knots];
            this.promised = new double[knots];
            double[] logs = sorted.stream()
                    .mapToDouble(sample -> Math.log(sample.predicted()))
                    .toArray();
            double least = SMALLEST;
            int from = 0;
            for (int i = 0; i < knots; i++) {
                double at = low + (high - low) * i / Math.max(1, knots - 1);
                predicted[i] = Math.exp(at);
                from = nearest(logs, at, from);
                List<Sample> near = sorted.subList(from, Math.min(count, from + NEIGHBOURS));
                least = Math.max(least, predicted[i] * score(near, coverage));
                promised[i] = least;
            }
        }

        private Line(Line line) {
            this.steps = line.steps;
            this.count = line.count;
            this.predicted = line.predicted;
            this.promised = line.promised;
            this.provisional = true;
        }

        /** The same for runs of another kind: nobody can be sure of it. */
        public Line asProvisional() {
            return new Line(this);
        }

        /** Runs behind it. */
        public int samples() {
            return count;
        }

        /** Steps of these runs. */
        public int steps() {
            return steps;
        }

        public boolean isProvisional() {
            return provisional;
        }

        /** Deviation to promise for a predicted one. */
        public double promised(double prediction) {
            return interpolated(predicted, promised, prediction);
        }

        /** The largest prediction that may be made where {@code promise} was promised, 0 and up. */
        public double prediction(double promise) {
            return interpolated(promised, predicted, promise);
        }
    }

    /**
     * The line that a run of so many steps goes by: of the most steps that are not more than its own and of which there are
     * {@value #FEWEST} samples.
     *
     * @param coverage share of the requests that a promise has to hold for, 0.5..0.999
     * @return empty if too few runs of so few steps and of this mix were measured
     */
    public Optional<Line> line(int steps, String mix, double coverage) {
        TreeMap<Integer, List<Sample>> bySteps = new TreeMap<>();
        samples.stream()
                .filter(sample -> sample.mix().equals(mix) && sample.steps() <= steps)
                .forEach(sample -> bySteps.computeIfAbsent(sample.steps(), count -> new ArrayList<>())
                        .add(sample));
        bySteps.values().removeIf(same -> same.size() < FEWEST);
        double level = Math.max(0.5, Math.min(0.999, coverage + shift));
        return bySteps.isEmpty()
                ? Optional.empty()
                : Optional.of(new Line(bySteps.lastEntry().getValue(), level));
    }

    /** Where the nearest {@value #NEIGHBOURS} to {@code at} begin in rising {@code logs}, not before {@code from}. */
    private static int nearest(double[] logs, double at, int from) {
        int first = from;
        while (first + NEIGHBOURS < logs.length && logs[first + NEIGHBOURS] - at < at - logs[first]) {
            first++;
        }
        return first;
    }

    /** The score that a share {@code coverage} of further requests stays below. */
    private static double score(List<Sample> samples, double coverage) {
        double[] scores = samples.stream()
                .mapToDouble(sample -> sample.actual() / Math.max(LEAST, sample.predicted()))
                .sorted()
                .toArray();
        int rank = (int) Math.ceil(coverage * (scores.length + ALIKE));
        return rank <= scores.length ? scores[rank - 1] : scores[scores.length - 1] * margin(scores.length, coverage);
    }

    /**
     * Factor on the largest of too few scores: 1 over the share that the largest of n scores is expected to cover at a
     * confidence of one half, relative to the coverage asked for. The k-th of n scores covers a Beta(k, n + 1 - k) share.
     */
    static double margin(int n, double coverage) {
        return coverage / Math.min(coverage, new BetaDistribution(n, 1).inverseCumulativeProbability(0.5));
    }

    private static double interpolated(double[] from, double[] to, double at) {
        if (at <= 0) {
            return 0;
        }
        int last = from.length - 1;
        if (at <= from[0]) {
            return at * to[0] / from[0];
        }
        if (at >= from[last]) {
            return at * to[last] / from[last];
        }
        int above = Arrays.binarySearch(from, at);
        above = above >= 0 ? above : -above - 1;
        while (above < last && from[above] <= at) {
            above++;
        }
        double width = Math.log(from[above] / from[above - 1]);
        double share = width <= 0 ? 0 : Math.log(at / from[above - 1]) / width;
        return to[above - 1] * Math.pow(to[above] / to[above - 1], share);
    }
}
