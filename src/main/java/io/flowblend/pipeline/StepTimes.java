package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** How long this worker's forwards take: means of the last run that had any, so that sizes and load are today's. */
final class StepTimes {
    private volatile OptionalDouble large = OptionalDouble.empty();
    private volatile OptionalDouble small = OptionalDouble.empty();

    void learn(Trace trace) {
        large = mean(trace, StepRecord::largeSeconds, large);
        small = mean(trace, StepRecord::smallSeconds, small);
    }

    /** Seconds of a large forward: in {@code trace} if it has one, else in the last run that had. */
    OptionalDouble largeSeconds(Trace trace) {
        return mean(trace, StepRecord::largeSeconds, large);
    }

    /** Time of a small forward over that of a large one, once both have run. */
    OptionalDouble smallOverLarge() {
        OptionalDouble ofLarge = large;
        OptionalDouble ofSmall = small;
        return ofLarge.isPresent() && ofSmall.isPresent()
                ? OptionalDouble.of(ofSmall.getAsDouble() / ofLarge.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble mean(Trace trace, ToDoubleFunction<StepRecord> seconds, OptionalDouble otherwise) {
        OptionalDouble mean = trace.steps().stream()
                .mapToDouble(seconds)
                .filter(value -> value > 0)
                .average();
        return mean.isPresent() ? mean : otherwise;
    }
}
