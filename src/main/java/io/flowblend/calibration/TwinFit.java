package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sensitivity A by sigma bin and ceiling C from twin runs, by least squares on the law of {@link DeviationModel}:
 *
 * <pre>  E = sum over bins of A(b) x(b),  x(b) = sum over SMALL steps of share(b) width(b) r,   D = E / (1 + E / C)</pre>
 *
 * <p>With A = P g, P the prior's shape, what is minimised over g above 0 is
 *
 * <pre>  sum of w (E - sum P g x)^2  +  FLAT sum (g(b) - g(b+1))^2  +  PULL sum (g(b) - 1)^2</pre>
 *
 * <p>so a bin that no twin run touched follows its neighbours, and few twin runs move the level before they move the
 * shape. The error is fitted in units of the deviation (w holds dD/dE squared) and relative to its size, since hard prompts
 * err in proportion. C is taken from a grid around the prior's.
 *
 * @param sensitivity A by sigma bin
 * @param ceiling C
 */
record TwinFit(List<Double> sensitivity, double ceiling) {
    private static final double FLAT = 2;
    private static final double PULL = 0.02;
    private static final double LEAST = 0.02;
    private static final double SMALLEST_DEVIATION = 0.05;
    private static final double[] CEILINGS = {0.6, 0.7, 0.85, 1, 1.2, 1.45, 1.7};
    private static final int SWEEPS = 200;

    /** One twin run in the letters above; the prior's P is part of x. */
    private record Row(double[] x, double deviation) {}

    /**
     * @param twins of any schedule; none gives the prior back
     * @param prior A of the prior by sigma bin
     * @param priorCeiling C of the prior
     */
    static TwinFit of(List<TwinRun> twins, List<Double> prior, double priorCeiling) {
        List<Row> rows = twins.stream().map(twin -> row(twin, prior)).toList();
        TwinFit best = new TwinFit(prior, priorCeiling);
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
                List<Double> sensitivity = new ArrayList<>();
                for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
                    sensitivity.add(g[bin] * prior.get(bin));
                }
                best = new TwinFit(List.copyOf(sensitivity), ceiling);
            }
        }
        return best;
    }

    private static Row row(TwinRun twin, List<Double> prior) {
        double[] x = new double[SigmaBins.COUNT];
        for (TwinRun.SmallStep step : twin.small()) {
            for (int bin = 0; bin < x.length; bin++) {
                x[bin] += SigmaBins.share(bin, step.sigma(), step.nextSigma())
                        * SigmaBins.width(bin)
                        * step.relativeL2()
                        * prior.get(bin);
            }
        }
        return new Row(x, twin.deviation());
    }

    /** Coordinate descent on a convex quadratic; bounds keep every A above 0. */
    private static double[] solve(List<Row> rows, double ceiling) {
        double[] g = new double[SigmaBins.COUNT];
        Arrays.fill(g, 1);
        double[][] normal = new double[g.length][g.length];
        double[] right = new double[g.length];
        for (Row row : rows) {
            double saturation = 1 - row.deviation / ceiling;
            double weight = Math.pow(saturation, 4) / Math.pow(SMALLEST_DEVIATION + row.deviation, 2);
            double error = row.deviation / saturation;
            for (int i = 0; i < g.length; i++) {
                right[i] += weight * row.x[i] * error;
                for (int j = 0; j < g.length; j++) {
                    normal[i][j] += weight * row.x[i] * row.x[j];
                }
            }
        }
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int i = 0; i < g.length; i++) {
                double numerator = right[i] + PULL;
                double denominator = normal[i][i] + PULL;
                for (int j = 0; j < g.length; j++) {
                    numerator -= j == i ? 0 : normal[i][j] * g[j];
                }
                for (int j = Math.max(0, i - 1); j <= Math.min(g.length - 1, i + 1); j++) {
                    numerator += j == i ? 0 : FLAT * g[j];
                    denominator += j == i ? 0 : FLAT;
                }
                g[i] = Math.max(LEAST, numerator / denominator);
            }
        }
        return g;
    }

    private static double loss(List<Row> rows, double[] g, double ceiling) {
        double loss = 0;
        for (Row row : rows) {
            double error = 0;
            for (int i = 0; i < g.length; i++) {
                error += g[i] * row.x[i];
            }
            double miss = error / (1 + error / ceiling) - row.deviation;
            loss += Math.pow(miss / (SMALLEST_DEVIATION + row.deviation), 2);
        }
        return loss;
    }
}
