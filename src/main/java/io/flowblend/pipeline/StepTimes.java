package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** How long this worker's forwards take: medians of the last run that had any, so that sizes and load are today's and a
 * hiccup counts for one step. */
final class StepTimes {
    private volatile OptionalDouble large = OptionalDouble.empty();
    private volatile OptionalDouble small = OptionalDouble.empty();

    void learn(Trace trace) {
        large = median(trace, StepRecord::largeSeconds, large);
        small = median(trace, StepRecord::smallSeconds, small);
    }

    /** Seconds of a large forward: in {@code trace} if it has one, else in the last run that had. */
    OptionalDouble largeSeconds(Trace trace) {
        return median(trace, StepRecord::largeSeconds, large);
    }

    /** Time of a small forward over that of a large one, once both have run. */
    OptionalDouble smallOverLarge() {
        OptionalDouble ofLarge = large;
        OptionalDouble ofSmall = small;
        return ofLarge.isPresent() && ofSmall.isPresent()
                ? OptionalDouble.of(ofSmall.getAsDouble() / ofLarge.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble median(Trace trace, ToDoubleFunction<StepRecord> seconds, OptionalDouble otherwise) {
        double[] values = trace.steps().stream()
                .mapToDouble(seconds)
                .filter(value -> value > 0)
                .sorted()
                .toArray();
        return values.length == 0 ? otherwise : OptionalDouble.of(values[values.length / 2]);
    }
}
