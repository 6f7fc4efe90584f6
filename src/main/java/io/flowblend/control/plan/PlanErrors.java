package io.flowblend.control.plan;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;
import java.util.ArrayList;
import java.util.List;

/**
 * The error that each source would add to one request on each step to come, as it counts against the budget: the usual
 * residual times the request's difficulty, plus its uncertainty. Filled once for a plan, whatever its price.
 */
final class PlanErrors {
    private final PlanInput input;
    private final RequestDifficulty difficulty;
    private final StepErrors errors;
    private final int from;
    private final List<Source> sources = new ArrayList<>();
    private final double[][][] charges;
    private final double[][][][] passedOn;
    private final boolean[][] allowed;

    PlanErrors(PlanInput input, RequestDifficulty difficulty, int from) {
        this.input = input;
        this.difficulty = difficulty;
        this.errors = input.errors();
        this.from = from;
        errors.sources().stream()
                .filter(source -> input.costs().containsKey(Move.of(source)))
                .forEach(sources::add);
        this.charges = new double[sources.size()][][];
        this.passedOn = new double[sources.size()][][][];
        this.allowed = new boolean[sources.size()][];
        boolean anyPassesOn = sources.stream().anyMatch(Source::passesOn);
        for (int index = 0; index < sources.size(); index++) {
            Source source = sources.get(index);
            double[][] powers = powers(source);
            double[] weights = weights(source);
            charges[index] = charges(source, powers, weights);
            allowed[index] = allowed(source);
            passedOn[index] = anyPassesOn && source.runsModel() ? passedOn(powers, weights) : new double[0][][];
        }
    }

    /** Sources other than LARGE that may be chosen. */
    List<Source> sources() {
        return sources;
    }

    /** Most steps since its anchor at which a source may be used. */
    int longest(Source source) {
        return source.runsModel() ? input.longestStretch() : input.longestReuse();
    }

    /** What a step by a source counts; {@code since} steps after its anchor, 1 and up. */
    double charge(int index, int step, int since) {
        return charges[index][step - from][since];
    }

    /** What passing its velocity on counts, {@code sinceModel} steps after it was computed, {@code since} after its anchor. */
    double passedOn(int index, int step, int sinceModel, int since) {
        return passedOn[index][step - from][sinceModel][since];
    }

    /** Predicted residual of a step, uncertainty included. */
    double residual(Source source, int step, int since) {
        int anchored = Math.min(since, step);
        return difficulty.factor(source) * errors.residual(source, step, anchored)
                + input.uncertainty() * difficulty.uncertainty(source) * errors.spread(source, step, anchored);
    }

    /** Whether the ceiling on the divergence lets a source be used at a step. */
    boolean allowed(int index, int step) {
        return allowed[index][step - from];
    }

    /** Velocity divergence that is predicted for a source that builds on a probe; 0 for others. */
    double divergence(Source source, int step) {
        return source.anchor() == Source.Anchor.PROBE
                ? difficulty.factor(source) * errors.residual(source, step, 0)
                : 0;
    }

    private boolean[] allowed(Source source) {
        boolean[] all = new boolean[Math.max(0, input.end() - from)];
        for (int step = from; step < input.end(); step++) {
            all[step - from] = divergence(source, step) < input.ceiling(step);
        }
        return all;
    }

    /** {@code residual^p} by step and steps since the anchor, so that what an error counts is a product. */
    private double[][] powers(Source source) {
        double exponent = errors.model(source).exponent();
        double[][] all = new double[Math.max(0, input.end())][];
        int first = Math.max(0, from - input.longestReuse());
        for (int step = first; step < input.end(); step++) {
            all[step] = new double[longest(source) + 1];
            for (int since = 1; since <= longest(source); since++) {
                all[step][since] = ErrorLedger.power(residual(source, step, since), exponent);
            }
        }
        return all;
    }

    private double[] weights(Source source) {
        double exponent = errors.model(source).exponent();
        double[] all = new double[Math.max(0, input.end())];
        for (int step = from; step < input.end(); step++) {
            all[step] =
                    ErrorLedger.power(errors.weight(source, step), exponent) * Math.pow(input.budget(), 1 - exponent);
        }
        return all;
    }

    private double[][] charges(Source source, double[][] powers, double[] weights) {
        double[][] all = new double[Math.max(0, input.end() - from)][longest(source) + 1];
        for (int step = from; step < input.end(); step++) {
            for (int since = 1; since <= longest(source) && since <= step; since++) {
                all[step - from][since] = weights[step] * powers[step][since];
            }
        }
        return all;
    }

    private double[][][] passedOn(double[][] powers, double[] weights) {
        int reuse = input.longestReuse();
        int stretch = input.longestStretch();
        double[][][] all = new double[Math.max(0, input.end() - from)][reuse + 1][stretch + 1];
        for (int step = from; step < input.end(); step++) {
            for (int sinceModel = 1; sinceModel <= reuse && sinceModel < step; sinceModel++) {
                for (int since = 0; since <= stretch; since++) {
                    int then = Math.max(1, (since == 0 ? stretch : since) - sinceModel);
                    all[step - from][sinceModel][since] = weights[step] * powers[step - sinceModel][then];
                }
            }
        }
        return all;
    }
}
