package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Statistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** All that the experiments found on a pair. */
public record PaperResults(
        Origin origin,
        StepCosts costs,
        List<VelocityAnalysis.Curve> divergence,
        Boundaries boundaries,
        List<PatternRow> sweep,
        List<PatternRow> adaptive,
        List<PatternRow> stages,
        HalfSteps halfSteps,
        List<DeviationBins.Bin> deviations,
        List<ContactSheet> sheets) {

    /**
     * Where the figures come from.
     *
     * @param fingerprint of the pair's models
     * @param features what features are taken from
     * @param commands that make them again
     */
    public record Origin(
            String pair,
            String fingerprint,
            int steps,
            int prompts,
            String features,
            StoredProfile profile,
            List<String> commands,
            Environment environment) {}

    /** Operations of a step: of the linear layers alone, as the paper counts, and of all. */
    public record StepCosts(FlopsTable linear, FlopsTable total) {}

    /**
     * Both boundaries.
     *
     * @param early similarity to LARGE alone by the share of steps before SMALL takes over
     * @param similarities the same with intervals
     * @param slope Algorithm 1's answer
     * @param similar the first point from which on the similarity is at least 96 %
     * @param lateShares shares of LARGE at the end
     * @param distances Frechet distance to the reference set at each of them; empty without features
     * @param late empty without features
     */
    public record Boundaries(
            List<EarlyBoundary.Point> early,
            List<Statistics.Mean> similarities,
            EarlyBoundary.RelativeSlope slope,
            OptionalInt similar,
            List<Double> lateShares,
            List<Statistics.Interval> distances,
            List<LateBoundary.Found> late,
            StoredProfile profile) {}

    /**
     * One schedule over all prompts.
     *
     * @param pattern or what the schedule is called
     * @param means of the measures that are available
     * @param distance Frechet distance of its frames to the reference set; empty without features
     * @param videoDistance the same of whole videos; NaN without features
     */
    public record PatternRow(
            String pattern,
            Patterns.Kind kind,
            Statistics.Mean compute,
            Map<Measure, Statistics.Mean> means,
            List<Statistics.Interval> distance,
            double videoDistance) {

        static PatternRow of(
                String pattern,
                Patterns.Kind kind,
                Samples samples,
                String name,
                List<Statistics.Interval> distance,
                double videoDistance) {
            return new PatternRow(pattern, kind, samples.compute(name), samples.means(name), distance, videoDistance);
        }

        /** NaN if it is not available. */
        Statistics.Mean mean(Measure measure) {
            return means.getOrDefault(measure, Statistics.Mean.of());
        }

        public Statistics.Mean deviation() {
            return mean(Measure.DEVIATION);
        }

        /** The first of what stands for the paper's similarity of features that is available. */
        public Statistics.Mean similarity() {
            return similarity(means);
        }

        static Statistics.Mean similarity(Map<Measure, Statistics.Mean> means) {
            return Stream.of(Measure.DINO, Measure.SIMILARITY, Measure.SSIM)
                    .filter(means::containsKey)
                    .map(measure -> means.getOrDefault(measure, Statistics.Mean.of()))
                    .findFirst()
                    .orElseThrow();
        }

        /** The same by another name. */
        PatternRow named(String other) {
            return new PatternRow(other, kind, compute, means, distance, videoDistance);
        }

        /** Frechet distance of the frames, NaN without features. */
        double frechet() {
            return distance.isEmpty() ? Double.NaN : distance.get(0).value();
        }
    }

    /** The paper's schedules by a solver that needs fewer steps; compute is over that of LARGE alone there. */
    public record HalfSteps(String solver, int steps, List<PatternRow> rows) {}
}
