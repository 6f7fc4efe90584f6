package io.flowblend.evidence;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sensitivity A by sigma bin and source, and ceiling C, from twin runs, by the law of {@link DeviationModel}, with
 * {@code x(b) = share(b) width(b) r} for each step.
 *
 * <p>With A = P g, P the prior's shape, what is minimised over g above 0 is
 *
 * <pre>  sum of t (ln(D) - ln(measured))^2  +  FLAT sum (g(b) - g(b+1))^2  +  PULL sum (g(b) - 1)^2</pre>
 *
 * <p>so a bin that no twin run touched follows its neighbours, and few twin runs move the level before they move the
 * shape. For SMALL t is 1/2; for schedules with REUSED steps t is {@value #ABOVE} where the measured deviation is the larger
 * one and {@code 1 - }{@value #ABOVE} elsewhere (an expectile, Newey and Powell 1987): where requests differ much, A is what
 * most of them stay below. On {@code digits} that is the beginning, where a few prompts change their layout altogether. C is
 * taken from a grid around the prior's.
 *
 * @param sensitivity A by sigma bin
 * @param reuseSensitivity the same of REUSED
 * @param ceiling C
 */
record TwinFit(List<Double> sensitivity, List<Double> reuseSensitivity, double ceiling) {
    private static final double ABOVE = 0.8;
    private static final double FLAT = 0.2;
    private static final double PULL = 0.02;
    private static final double LEAST = 0.02;
    private static final double SMALLEST_DEVIATION = 0.003;
    private static final double[] CEILINGS = {0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.45, 1.7, 2, 2.5, 3};
    private static final int SWEEPS = 60;
    private static final int ROUNDS = 16;

    /** One twin run in the letters above, the prior's P part of x: summed over the SMALL steps; each REUSED one. */
    private record Row(double[] small, List<double[]> reused, double deviation) {
        double error(double[] g) {
            double squares = 0;
            for (double[] step : reused) {
                squares += Math.pow(dot(step, g, SigmaBins.COUNT), 2);
            }
            return DeviationModel.combined(dot(small, g, 0), squares);
        }

        /** Slope of the error on each g; since the law is homogeneous, {@code error = sum of slope g}. */
        double[] slopes(double[] g) {
            double[] slopes = Arrays.copyOf(small, g.length);
            double[] weighted = new double[SigmaBins.COUNT];
            double squares = 0;
            for (double[] step : reused) {
                double error = dot(step, g, SigmaBins.COUNT);
                squares += error * error;
                for (int bin = 0; bin < weighted.length; bin++) {
                    weighted[bin] += error * step[bin];
                }
            }
            for (int bin = 0; bin < weighted.length; bin++) {
                slopes[SigmaBins.COUNT + bin] = squares == 0 ? 0 : weighted[bin] / Math.sqrt(squares);
            }
            return slopes;
        }

        private static double dot(double[] x, double[] g, int first) {
            double sum = 0;
            for (int bin = 0; bin < x.length; bin++) {
                sum += g[first + bin] * x[bin];
            }
            return sum;
        }
    }

    /**
     * @param twins of any schedule; none gives the prior back
     * @param base gives the prior: A of both sources, and C
     */
    static TwinFit of(List<TwinRun> twins, Calibration base) {
        List<Double> prior = new ArrayList<>(base.sensitivity());
        prior.addAll(base.reuseSensitivity());
        double priorCeiling = base.ceiling();
        List<Row> rows = twins.stream().map(twin -> row(twin, prior)).toList();
        TwinFit best = new TwinFit(base.sensitivity(), base.reuseSensitivity(), priorCeiling);
        double least = Double.POSITIVE_INFINITY;
        double largest = rows.stream().mapToDouble(Row::deviation).max().orElse(0);
        for (double ratio : CEILINGS) {
            double ceiling = priorCeiling * ratio;
            if (rows.isEmpty() || largest > 0.9 * ceiling) {
                continue;
            }
            double[] g = solve(rows, ceiling);
            double loss = loss(rows, g, ceiling) + Math.pow(Math.log(ratio), 2) * 0.5;
            if (loss < least) {
                least = loss;
                List<Double> fitted = IntStream.range(0, g.length)
                        .mapToObj(i -> g[i] * prior.get(i))
                        .toList();
                best = new TwinFit(
                        fitted.subList(0, SigmaBins.COUNT), fitted.subList(SigmaBins.COUNT, g.length), ceiling);
            }
        }
        return best;
    }

    private static Row row(TwinRun twin, List<Double> prior) {
        double[] small = new double[SigmaBins.COUNT];
        List<double[]> reused = new ArrayList<>();
        for (TwinRun.CheapStep step : twin.cheap()) {
            int first = step.reused() ? SigmaBins.COUNT : 0;
            double[] x = step.reused() ? new double[SigmaBins.COUNT] : small;
            for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
                x[bin] += SigmaBins.share(bin, step.sigma(), step.nextSigma())
                        * SigmaBins.width(bin)
                        * step.relativeL2()
                        * prior.get(first + bin);
            }
            if (step.reused()) {
                reused.add(x);
            }
        }
        return new Row(small, reused, twin.deviation());
    }

    /** Gauss-Newton: the law is made linear at the last g, and the convex quadratic that results is solved. */
    private static double[] solve(List<Row> rows, double ceiling) {
        double[] g = new double[2 * SigmaBins.COUNT];
        Arrays.fill(g, 1);
        for (int round = 0; round < ROUNDS; round++) {
            double[][] normal = new double[g.length][g.length];
            double[] right = new double[g.length];
            for (Row row : rows) {
                double error = row.error(g);
                double expected = error / (1 + error / ceiling);
                double miss = miss(row, expected);
                double slope = Math.pow(1 + error / ceiling, -2) / (SMALLEST_DEVIATION + expected);
                double weight = weight(row, miss);
                double target = slope * error + miss;
                double[] slopes = row.slopes(g);
                for (int i = 0; i < g.length; i++) {
                    right[i] += weight * slope * slopes[i] * target;
                    for (int j = 0; j < g.length; j++) {
                        normal[i][j] += weight * slope * slope * slopes[i] * slopes[j];
                    }
                }
            }
            descend(g, normal, right);
        }
        return g;
    }

    private static double miss(Row row, double expected) {
        return Math.log((SMALLEST_DEVIATION + row.deviation) / (SMALLEST_DEVIATION + expected));
    }

    private static double weight(Row row, double miss) {
        return row.reused.isEmpty() ? 0.5 : miss > 0 ? ABOVE : 1 - ABOVE;
    }

    /** Coordinate descent; no g changes more than threefold at once, and every one stays above 0. */
    private static void descend(double[] g, double[][] normal, double[] right) {
        double[] before = g.clone();
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int i = 0; i < g.length; i++) {
                double numerator = right[i] + PULL;
                double denominator = normal[i][i] + PULL;
                for (int j = 0; j < g.length; j++) {
                    numerator -= j == i ? 0 : normal[i][j] * g[j];
                }
                // neighbours within the same source
                int first = i - i % SigmaBins.COUNT;
                int last = first + SigmaBins.COUNT - 1;
                for (int j = Math.max(first, i - 1); j <= Math.min(last, i + 1); j++) {
                    numerator += j == i ? 0 : FLAT * g[j];
                    denominator += j == i ? 0 : FLAT;
                }
                double free = numerator / denominator;
                g[i] = Math.max(Math.max(LEAST, before[i] / 3), Math.min(before[i] * 3, free));
            }
        }
    }

    private static double loss(List<Row> rows, double[] g, double ceiling) {
        double loss = 0;
        for (Row row : rows) {
            double error = row.error(g);
            double miss = miss(row, error / (1 + error / ceiling));
            loss += weight(row, miss) * miss * miss;
        }
        return loss;
    }
}
