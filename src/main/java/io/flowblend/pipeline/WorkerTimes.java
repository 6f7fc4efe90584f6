package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.StatUtils;

/**
 * How long this worker takes: medians of the last run's forwards, so that sizes and load are today's and a hiccup counts for
 * one step, and the last run's text, decoding and encoding.
 */
final class WorkerTimes {
    private static final double MEDIAN = 50;

    private volatile OptionalDouble large = OptionalDouble.empty();
    private volatile double text;
    private volatile double decode;
    private volatile double encode;

    void learn(Trace trace, double textSeconds, double decodeSeconds) {
        large = median(trace, StepRecord::largeSeconds, large);
        text = textSeconds;
        decode = decodeSeconds;
    }

    void learnEncode(double seconds) {
        encode = seconds;
    }

    /** Seconds of a large forward: in {@code trace} if it has one, else in the last run that had. */
    OptionalDouble largeSeconds(Trace trace) {
        return median(trace, StepRecord::largeSeconds, large);
    }

    /** Seconds of a whole video whose steps cost so many LARGE steps; empty until one has run. */
    OptionalDouble seconds(double cost) {
        OptionalDouble step = large;
        return step.isPresent() ? OptionalDouble.of(fixed() + cost * step.getAsDouble()) : OptionalDouble.empty();
    }

    /**
     * Cost of the steps, in LARGE steps, at which a whole video takes the time of LARGE alone divided by {@code speedup}. By
     * the steps alone until a run was measured. Below 0 if what is around the steps takes longer.
     */
    double costFor(double speedup, int steps) {
        double around = around();
        return (around + steps) / speedup - around;
    }

    /** The speedup of a whole video whose steps cost so much. */
    double speedup(double cost, int steps) {
        double around = around();
        return (around + steps) / Math.max(1e-9, around + cost);
    }

    /** What takes time beside the steps, in LARGE steps; 0 until one has run. */
    private double around() {
        OptionalDouble step = large;
        return step.isPresent() && step.getAsDouble() > 0 ? fixed() / step.getAsDouble() : 0;
    }

    private double fixed() {
        return text + decode + encode;
    }

    private static OptionalDouble median(Trace trace, ToDoubleFunction<StepRecord> seconds, OptionalDouble otherwise) {
        double[] values = trace.steps().stream()
                .mapToDouble(seconds)
                .filter(value -> value > 0)
                .toArray();
        return values.length == 0 ? otherwise : OptionalDouble.of(StatUtils.percentile(values, MEDIAN));
    }
}
