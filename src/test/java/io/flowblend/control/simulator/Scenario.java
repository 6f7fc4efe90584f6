package io.flowblend.control.simulator;

import io.flowblend.divergence.SigmaBins;
import java.util.function.DoubleUnaryOperator;

/**
 * What sets one simulated pair off from another.
 *
 * @param shape divergence of SMALL at a position 0..16 of {@link SigmaBins}, relative to LARGE's velocity
 * @param small factor on it
 * @param spread standard deviation of the logarithm of a prompt's difficulty
 * @param outliers share of the prompts on which SMALL is three times worse
 * @param failures share of the prompts on which SMALL fails at some step
 * @param restless amplitude of a ripple on LARGE's velocity along the run, relative to it: what reuse cannot foresee
 * @param guidance scale; 1 = none
 */
public record Scenario(
        DoubleUnaryOperator shape,
        double small,
        double spread,
        double outliers,
        double failures,
        double restless,
        double guidance) {
    private static final double MIDDLE = SigmaBins.COUNT / 2.0;

    /** SMALL is good in the middle of the run, as on the pairs that were published. */
    public static final Scenario U_SHAPE = of(p -> 0.07 + 0.5 * Math.pow((p - MIDDLE) / MIDDLE, 2));

    /** SMALL is good until the details come. */
    public static final Scenario LATE_RISE = of(p -> 0.07 + 0.6 * Math.pow(Math.max(0, 6 - p) / 6, 2));

    /** SMALL is good in two narrow places only. */
    public static final Scenario DOUBLE_DIP =
            of(p -> 0.5 - 0.43 * (Math.exp(-Math.pow(p - 12, 2)) + Math.exp(-Math.pow(p - 6, 2))));

    /** SMALL is as good everywhere. */
    public static final Scenario FLAT = of(p -> 0.2);

    private static Scenario of(DoubleUnaryOperator shape) {
        return new Scenario(shape, 1, 0.25, 0, 0, 0.02, 1);
    }

    public Scenario withSmall(double factor) {
        return new Scenario(shape, factor, spread, outliers, failures, restless, guidance);
    }

    public Scenario withSpread(double other) {
        return new Scenario(shape, small, other, outliers, failures, restless, guidance);
    }

    public Scenario withOutliers(double share) {
        return new Scenario(shape, small, spread, share, failures, restless, guidance);
    }

    public Scenario withFailures(double share) {
        return new Scenario(shape, small, spread, outliers, share, restless, guidance);
    }

    public Scenario withRestless(double amplitude) {
        return new Scenario(shape, small, spread, outliers, failures, amplitude, guidance);
    }

    public Scenario withGuidance(double scale) {
        return new Scenario(shape, small, spread, outliers, failures, restless, scale);
    }
}
