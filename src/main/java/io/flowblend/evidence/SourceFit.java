package io.flowblend.evidence;

import io.flowblend.calibration.Source;
import io.flowblend.divergence.SigmaBins;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.fitting.leastsquares.LeastSquaresBuilder;
import org.apache.commons.math3.fitting.leastsquares.LeastSquaresOptimizer.Optimum;
import org.apache.commons.math3.fitting.leastsquares.LevenbergMarquardtOptimizer;
import org.apache.commons.math3.fitting.leastsquares.ParameterValidator;
import org.apache.commons.math3.linear.ArrayRealVector;

/**
 * Sensitivity A by sigma bin and exponent p of each source, and the ceiling C, from twin runs, by the law of
 * {@link io.flowblend.calibration.SourceModel} and {@link io.flowblend.calibration.Calibration}.
 *
 * <p>With A = P g, P the prior's A, what is made least over ln g and ln C is
 *
 * <pre>  sum w (ln D - ln measured)^2 / 2  +  .2 sum (ln g(b) - ln g(b+1))^2  +  .02 sum (ln g(b))^2  +  (ln C/C0)^2 / 2</pre>
 *
 * <p>with w = 9 for runs that deviate more than D, 1 for others. So A lies above the middle of the runs, and the further
 * the more they scatter: in the early bins, where a small error may change the layout, they scatter three times as much as
 * later, and promises have to cover the worst. A bin that no twin run touched follows its neighbours, and few twin runs
 * move the level before the shape. Each p is taken from a grid, one source after the other.
 *
 * @param laws by source
 * @param ceiling C
 */
record SourceFit(Map<Source, Law> laws, double ceiling) {
    static final double[] EXPONENTS = {1, 1.25, 1.5, 2};

    /** Added to both deviations, so that the smallest do not count most. */
    private static final double SMALLEST_DEVIATION = 0.003;

    /** The fit ends when a round lowers its cost by a smaller share. */
    private static final double CONVERGED = 1e-5;

    private static final int EVALUATIONS = 60;
    private static final int TRIAL_EVALUATIONS = 12;

    /** An exponent that is not the prior's must explain this much more, as a sum of squared logarithms. */
    private static final double EXPONENT_COST = 0.25;

    /**
     * @param sensitivity A by sigma bin
     * @param exponent p
     */
    record Law(List<Double> sensitivity, double exponent) {}

    SourceFit {
        laws = Map.copyOf(laws);
    }

    /** What holds before any twin run. */
    static SourceFit prior() {
        Map<Source, Law> laws = new EnumMap<>(Source.class);
        for (Source source : Source.CHEAP) {
            laws.put(
                    source,
                    new Law(Prior.of(source).sensitivity(), Prior.of(source).exponent()));
        }
        return new SourceFit(laws, Prior.CEILING);
    }

    Law law(Source source) {
        Law law = laws.get(source);
        if (law == null) {
            throw new IllegalArgumentException("there is no law of " + source);
        }
        return law;
    }

    /** This fit as the prior of one to further twin runs; itself if there are none. */
    SourceFit fitted(List<TwinRun> twins) {
        if (twins.isEmpty()) {
            return this;
        }
        List<Source> sources = Source.CHEAP.stream()
                .filter(source ->
                        twins.stream().flatMap(twin -> twin.steps().stream()).anyMatch(step -> step.source() == source))
                .toList();
        List<SourceErrors> rows =
                twins.stream().map(twin -> SourceErrors.of(twin, sources, this)).toList();
        double[] exponents =
                sources.stream().mapToDouble(source -> law(source).exponent()).toArray();
        double[] start = new double[sources.size() * SigmaBins.COUNT + 1];
        Optimum best = optimum(rows, exponents, start, EVALUATIONS);
        for (int source = 0; source < sources.size(); source++) {
            double usual = exponents[source];
            double least = best.getCost();
            for (double exponent : EXPONENTS) {
                if (exponent != usual) {
                    double[] tried = exponents.clone();
                    tried[source] = exponent;
                    Optimum optimum = optimum(rows, tried, best.getPoint().toArray(), TRIAL_EVALUATIONS);
                    if (square(optimum.getCost()) < square(least) - (least == best.getCost() ? EXPONENT_COST : 0)) {
                        least = optimum.getCost();
                        best = optimum;
                        exponents = tried;
                    }
                }
            }
        }
        best = optimum(rows, exponents, best.getPoint().toArray(), EVALUATIONS);
        return with(sources, exponents, best.getPoint().toArray());
    }

    private static double square(double value) {
        return value * value;
    }

    private SourceFit with(List<Source> sources, double[] exponents, double[] point) {
        Map<Source, Law> next = new EnumMap<>(laws);
        for (int source = 0; source < sources.size(); source++) {
            List<Double> before = law(sources.get(source)).sensitivity();
            int first = source * SigmaBins.COUNT;
            List<Double> sensitivity = IntStream.range(0, SigmaBins.COUNT)
                    .mapToObj(bin -> before.get(bin) * Math.exp(point[first + bin]))
                    .toList();
            next.put(sources.get(source), new Law(sensitivity, exponents[source]));
        }
        return new SourceFit(next, ceiling * Math.exp(point[point.length - 1]));
    }

    private Optimum optimum(List<SourceErrors> rows, double[] exponents, double[] start, int evaluations) {
        FitModel model = new FitModel(rows, exponents, ceiling, SMALLEST_DEVIATION);
        // No g leaves a factor of 400, and C no factor of 3, whatever the twin runs say.
        ParameterValidator bounds = point -> {
            double[] values = point.toArray();
            for (int i = 0; i < values.length; i++) {
                double most = i < values.length - 1 ? 6 : 1;
                values[i] = Math.max(-most, Math.min(most, values[i]));
            }
            return new ArrayRealVector(values, false);
        };
        double[] target = new double[model.size(start.length)];
        return new LevenbergMarquardtOptimizer()
                .optimize(new LeastSquaresBuilder()
                        .start(start)
                        .model(model)
                        .target(target)
                        .parameterValidator(bounds)
                        .checker((iteration, before, now) ->
                                before.getCost() - now.getCost() < CONVERGED * now.getCost())
                        .maxEvaluations(10 * evaluations)
                        .maxIterations(10 * evaluations)
                        .lazyEvaluation(false)
                        .build());
    }
}
