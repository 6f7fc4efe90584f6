package io.flowblend.experiment.paper;

import io.flowblend.experiment.Statistics;
import io.flowblend.quality.FrameGaussian;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The same schedules on several prompts.
 *
 * @param prompts one or more, each with LARGE alone first
 */
record Samples(List<PromptSamples> prompts) {
    private static final long DRAW_SEED = 1;

    /**
     * One video.
     *
     * @param name of its schedule
     * @param letters what each step did
     * @param compute over that of LARGE alone at as many steps
     * @param measures those that are available
     * @param features of every fourth frame, may be empty
     */
    record Sample(String name, String letters, double compute, Map<Measure, Double> measures, List<double[]> features) {
        /** NaN if it is not available. */
        double value(Measure measure) {
            return measures.getOrDefault(measure, Double.NaN);
        }

        /** The mean of the frames' features, and their mean absolute change from one looked-at frame to the next. */
        double[] videoFeatures() {
            int width = features.get(0).length;
            double[] all = new double[2 * width];
            for (int frame = 0; frame < features.size(); frame++) {
                for (int i = 0; i < width; i++) {
                    all[i] += features.get(frame)[i] / features.size();
                    if (frame > 0) {
                        double change = features.get(frame)[i] - features.get(frame - 1)[i];
                        all[width + i] += Math.abs(change) / (features.size() - 1);
                    }
                }
            }
            return all;
        }
    }

    /** All videos of a prompt. */
    record PromptSamples(int index, List<Sample> samples) {
        Sample named(String name) {
            return samples.stream()
                    .filter(sample -> sample.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("'" + name + "' was not made"));
        }
    }

    Samples {
        prompts = List.copyOf(prompts);
    }

    private Stream<Sample> of(String name) {
        return prompts.stream().map(each -> each.named(name));
    }

    Statistics.Mean compute(String name) {
        return Statistics.Mean.of(of(name).map(Sample::compute).toList());
    }

    Statistics.Mean mean(Measure measure, String name) {
        return Statistics.Mean.of(of(name).map(sample -> sample.value(measure)).toList());
    }

    /** Means of all measures that are available. */
    Map<Measure, Statistics.Mean> means(String name) {
        Map<Measure, Statistics.Mean> means = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            if (prompts.stream().allMatch(each -> each.named(name).measures().containsKey(measure))) {
                means.put(measure, mean(measure, name));
            }
        }
        return means;
    }

    /** Whether there is anything that Frechet distances are taken of. */
    boolean hasFeatures() {
        return !prompts.get(0).samples().get(0).features().isEmpty();
    }

    FrameGaussian frames(String name) {
        return FrameGaussian.of(
                of(name).flatMap(sample -> sample.features().stream()).toList());
    }

    FrameGaussian videos(String name) {
        return FrameGaussian.of(of(name).map(Sample::videoFeatures).toList());
    }

    /** Distances of frames, one a schedule. */
    double[] distances(FrameGaussian reference, List<String> names) {
        return reference.distances(names.stream().map(this::frames).toList());
    }

    /** The same over prompts that were drawn with replacement, so many times. */
    List<double[]> drawn(FrameGaussian reference, List<String> names, int times) {
        SplittableRandom random = new SplittableRandom(DRAW_SEED);
        List<double[]> drawn = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            List<PromptSamples> again = new ArrayList<>();
            prompts.forEach(any -> again.add(prompts.get(random.nextInt(prompts.size()))));
            drawn.add(new Samples(again).distances(reference, names));
        }
        return drawn;
    }

    /** Distances with the range of 95 % of those over prompts that were drawn with replacement. */
    List<Statistics.Interval> intervals(FrameGaussian reference, List<String> names, int times) {
        return intervals(distances(reference, names), drawn(reference, names, times));
    }

    static List<Statistics.Interval> intervals(double[] distances, List<double[]> drawn) {
        List<Statistics.Interval> intervals = new ArrayList<>();
        for (int i = 0; i < distances.length; i++) {
            int at = i;
            double[] values = drawn.stream().mapToDouble(each -> each[at]).toArray();
            intervals.add(Statistics.Interval.of(distances[at], values));
        }
        return List.copyOf(intervals);
    }

    /** All but LARGE alone, equal schedules of a prompt once. */
    List<Sample> others() {
        return prompts.stream()
                .flatMap(each -> each.samples().stream()
                        .skip(1)
                        .filter(sample -> sample.letters().contains("S")
                                || sample.letters().contains("R"))
                        .collect(Collectors.toMap(Sample::letters, sample -> sample, (a, b) -> a, LinkedHashMap::new))
                        .values()
                        .stream())
                .toList();
    }

    /** The videos of LARGE alone. */
    List<Sample> large() {
        return prompts.stream().map(each -> each.samples().get(0)).toList();
    }
}
