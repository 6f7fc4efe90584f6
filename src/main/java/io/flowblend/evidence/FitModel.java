package io.flowblend.evidence;

import io.flowblend.divergence.SigmaBins;
import java.util.List;
import org.apache.commons.math3.fitting.leastsquares.MultivariateJacobianFunction;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.util.Pair;

/** What {@link SourceFit} makes least, as residuals of ln g by source and bin, then ln of the factor on the ceiling. */
final class FitModel implements MultivariateJacobianFunction {
    private static final double RUN = Math.sqrt(0.5);
    /** Factor on a run that deviates more than expected: its miss counts this many times as much, squared. */
    private static final double BELOW = 3;

    private static final double FLAT = Math.sqrt(0.2);
    private static final double PULL = Math.sqrt(0.02);
    private static final double CEILING = Math.sqrt(0.5);

    private final List<SourceErrors> rows;
    private final double[] exponents;
    private final double ceiling;
    private final double smallest;

    /**
     * @param exponents p by source
     * @param ceiling C of the prior
     * @param smallest added to measured and expected deviations
     */
    FitModel(List<SourceErrors> rows, double[] exponents, double ceiling, double smallest) {
        this.rows = rows;
        this.exponents = exponents;
        this.ceiling = ceiling;
        this.smallest = smallest;
    }

    /** Residuals for so many unknowns. */
    int size(int unknowns) {
        return rows.size() + (unknowns - 1) + (unknowns - 1) / SigmaBins.COUNT * (SigmaBins.COUNT - 1) + 1;
    }

    @Override
    public Pair<RealVector, RealMatrix> value(RealVector point) {
        int unknowns = point.getDimension();
        double[] values = new double[size(unknowns)];
        double[][] slopes = new double[values.length][unknowns];
        double[] g = new double[unknowns - 1];
        for (int i = 0; i < g.length; i++) {
            g[i] = Math.exp(point.getEntry(i));
        }
        double limit = ceiling * Math.exp(point.getEntry(unknowns - 1));
        int row = 0;
        for (SourceErrors errors : rows) {
            double error = errors.error(g, exponents, slopes[row]);
            double expected = error / (1 + error / limit);
            double miss = Math.log((smallest + expected) / (smallest + errors.deviation()));
            double run = miss < 0 ? BELOW * RUN : RUN;
            values[row] = run * miss;
            double onError = run * Math.pow(1 + error / limit, -2) / (smallest + expected);
            for (int i = 0; i < g.length; i++) {
                slopes[row][i] *= onError;
            }
            slopes[row][unknowns - 1] = run * expected * expected / limit / (smallest + expected);
            row++;
        }
        for (int i = 0; i < g.length; i++) {
            values[row] = PULL * point.getEntry(i);
            slopes[row++][i] = PULL;
            if (i % SigmaBins.COUNT != SigmaBins.COUNT - 1) {
                values[row] = FLAT * (point.getEntry(i) - point.getEntry(i + 1));
                slopes[row][i] = FLAT;
                slopes[row++][i + 1] = -FLAT;
            }
        }
        values[row] = CEILING * point.getEntry(unknowns - 1);
        slopes[row][unknowns - 1] = CEILING;
        return new Pair<>(new ArrayRealVector(values, false), new Array2DRowRealMatrix(slopes, false));
    }
}
