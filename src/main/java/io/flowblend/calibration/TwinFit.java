package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sensitivity A by sigma bin and ceiling C from twin runs, by least squares on the law of {@link DeviationModel}:
 *
 * <pre>  E = sum over bins of A(b) x(b),  x(b) = sum over steps of share(b) width(b) r,   D = E / (1 + E / C)</pre>
 *
 * <p>With A = P g, P the prior's shape, what is minimised over g above 0 is
 *
 * <pre>  sum of w (D(sum P g x) - D)^2  +  FLAT sum (g(b) - g(b+1))^2  +  PULL sum (g(b) - 1)^2</pre>
 *
 * <p>so a bin that no twin run touched follows its neighbours, and few twin runs move the level before they move the
 * shape. The misses count relative to the deviation expected (w), since hard prompts err in proportion. C is taken from a
 * grid around the prior's.
 *
 * <p>Steps that SMALL made and steps that were REUSED have an A each, fitted together.
 *
 * @param sensitivity A by sigma bin
 * @param reuseSensitivity the same of REUSED
 * @param ceiling C
 */
record TwinFit(List<Double> sensitivity, List<Double> reuseSensitivity, double ceiling) {
    private static final double FLAT = 0.2;
    private static final double PULL = 0.02;
    private static final double LEAST = 0.02;
    private static final double SMALLEST_DEVIATION = 0.02;
    private static final double[] CEILINGS = {0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.45, 1.7, 2, 2.5, 3};
    private static final int SWEEPS = 60;
    private static final int ROUNDS = 8;

    /** One twin run in the letters above; the prior's P is part of x. */
    private record Row(double[] x, double deviation) {
        double error(double[] g) {
            double error = 0;
            for (int i = 0; i < g.length; i++) {
                error += g[i] * x[i];
            }
            return error;
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
        double[] x = new double[prior.size()];
        for (TwinRun.CheapStep step : twin.cheap()) {
            int first = step.reused() ? SigmaBins.COUNT : 0;
            for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
                x[first + bin] += SigmaBins.share(bin, step.sigma(), step.nextSigma())
                        * SigmaBins.width(bin)
                        * step.relativeL2()
                        * prior.get(first + bin);
            }
        }
        return new Row(x, twin.deviation());
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
                double slope = Math.pow(1 + error / ceiling, -2);
                double weight = Math.pow(SMALLEST_DEVIATION + expected, -2);
                double target = slope * error + row.deviation - expected;
                for (int i = 0; i < g.length; i++) {
                    right[i] += weight * slope * row.x[i] * target;
                    for (int j = 0; j < g.length; j++) {
                        normal[i][j] += weight * slope * slope * row.x[i] * row.x[j];
                    }
                }
            }
            descend(g, normal, right);
        }
        return g;
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
            double miss = error / (1 + error / ceiling) - row.deviation;
            loss += Math.pow(miss / (SMALLEST_DEVIATION + row.deviation), 2);
        }
        return loss;
    }
}
