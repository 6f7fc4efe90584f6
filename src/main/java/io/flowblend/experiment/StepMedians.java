package io.flowblend.experiment;

import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import java.util.ArrayList;
import java.util.List;

/** Hears of steps and tells how long a forward of either model took, seconds, in the median. */
final class StepMedians implements StepListener {
    private final List<Double> large = new ArrayList<>();
    private final List<Double> small = new ArrayList<>();

    @Override
    public void onStep(StepRecord step) {
        if (step.largeSeconds() > 0) {
            large.add(step.largeSeconds());
        }
        if (step.smallSeconds() > 0) {
            small.add(step.smallSeconds());
        }
    }

    double large() {
        return median(large);
    }

    double small() {
        return median(small);
    }

    private static double median(List<Double> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get(values.size() / 2);
    }
}
