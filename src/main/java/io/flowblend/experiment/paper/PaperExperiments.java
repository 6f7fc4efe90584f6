package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.paper.ScheduleRuns.PromptSamples;
import io.flowblend.experiment.paper.ScheduleRuns.Sample;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.quality.FrameGaussian;
import io.flowblend.sampling.SamplingSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** The paper's experiments on one pair. What is finished is kept in a folder, from which a later call goes on. */
public final class PaperExperiments {
    private static final int DRAWN = 200;
    private static final int POINTS = 8;
    private static final long DRAW_SEED = 1;

    private final MeasuredPair pair;
    private final Setup setup;
    private final Progress progress;
    private final ScheduleRuns runs;

    /**
     * What is measured.
     *
     * @param steps solver steps
     * @param count prompts
     * @param folder for what is finished
     */
    public record Setup(int steps, int count, PaperPrompts prompts, Path folder) {}

    /**
     * Both boundaries.
     *
     * @param early similarity to LARGE alone by the share of steps before SMALL takes over
     * @param slope Algorithm 1's answer
     * @param similar the first point from which on the similarity is at least 96 %
     * @param lateShares shares of LARGE at the end
     * @param distances Frechet distance to the reference set at each of them; empty without features
     * @param late empty without features
     */
    public record Boundaries(
            List<EarlyBoundary.Point> early,
            EarlyBoundary.RelativeSlope slope,
            OptionalInt similar,
            List<Double> lateShares,
            List<Double> distances,
            List<LateBoundary.Found> late,
            StoredProfile profile) {}

    /**
     * One pattern over all prompts.
     *
     * @param distance Frechet distance of its frames to the reference set; NaN without features
     */
    public record PatternRow(
            String pattern,
            Patterns.Kind kind,
            double compute,
            double deviation,
            double psnr,
            double similarity,
            double distance) {}

    public PaperExperiments(MeasuredPair pair, Setup setup, Progress progress) {
        this.pair = pair;
        this.setup = setup;
        this.progress = progress;
        this.runs = new ScheduleRuns(pair, setup.steps());
    }

    /** What features are taken from, for people. */
    public String featureSpace() {
        return runs.hasFeatures()
                ? "penultimate layer (64 values) of the classifier in the pair's folder 'judge', every fourth frame"
                : "none: the pair brings no feature network; similarity is SSIM, Frechet distances are not available";
    }

    /** Tables of floating point operations at all steps and at half of them, as the paper counts them and in all. */
    public String flops() {
        HeldOut any = setup.prompts().measured(1).get(0);
        return pair.opened().open(pair.request(any, setup.steps()), request -> {
            SamplingSpec spec = request.fromNoise();
            Tensor x = spec.start().x();
            LatentShape shape = new LatentShape((int) x.size(1), (int) x.size(2), (int) x.size(3), (int) x.size(4));
            ForwardCost large = spec.guidance().cost(spec.large(), shape);
            ForwardCost small = spec.smallGuidance().cost(spec.small(), shape);
            return "linear layers, every pass\n" + flops(new FlopsTable(large.linear(), small.linear()))
                    + "with attention products\n" + flops(new FlopsTable(large.total(), small.total()));
        });
    }

    private String flops(FlopsTable costs) {
        StoredProfile profile = pair.served().storedProfile();
        return PaperReport.flops(costs, setup.steps(), profile)
                + PaperReport.flops(costs, Math.max(1, setup.steps() / 2), profile);
    }

    /** The velocity divergence by step. */
    public List<VelocityAnalysis.Curve> analyse() {
        return VelocityAnalysis.run(
                pair, setup.steps(), setup.prompts(), setup.count(), file("divergence.jsonl"), progress);
    }

    /** Both boundaries, and the stored profile that follows. */
    public Boundaries boundaries() {
        List<Integer> ends = IntStream.rangeClosed(0, POINTS)
                .map(i -> i * setup.steps() / POINTS)
                .distinct()
                .boxed()
                .toList();
        List<PromptSamples> early =
                run("early.jsonl", ends.stream().map(large -> letters(large, 0)).toList());
        List<EarlyBoundary.Point> curve = ends.stream()
                .map(large -> new EarlyBoundary.Point(
                        (double) large / setup.steps(), mean(early, letters(large, 0), PaperExperiments::similarity)))
                .toList();
        EarlyBoundary.RelativeSlope slope = EarlyBoundary.relativeSlope(curve, EarlyBoundary.ALPHA);
        OptionalInt similar = EarlyBoundary.similarFrom(curve, EarlyBoundary.SIMILAR);
        int large = ends.get(similar.orElse(slope.index()));
        List<Integer> lates =
                ends.stream().filter(late -> late <= setup.steps() - large).toList();
        List<Double> distances = new ArrayList<>();
        List<LateBoundary.Found> found = new ArrayList<>();
        int chosen = 0;
        if (runs.hasFeatures()) {
            List<String> names =
                    lates.stream().map(late -> letters(large, late)).toList();
            List<PromptSamples> late = run("late.jsonl", names);
            FrameGaussian reference = reference();
            double[] distance = distances(reference, late, names);
            for (double each : distance) {
                distances.add(each);
            }
            found.add(LateBoundary.find(distance, drawn(reference, late, names)));
            chosen = lates.get(found.get(0).index());
        }
        double steps = setup.steps();
        return new Boundaries(
                curve,
                slope,
                similar,
                lates.stream().map(late -> late / steps).toList(),
                distances,
                found,
                new StoredProfile(large / steps, chosen / steps));
    }

    /** All patterns of so many segments, in the order of {@link Patterns#all}. */
    public List<PatternRow> sweep(int segments) {
        List<String> patterns = Patterns.all(segments);
        List<String> names = patterns.stream()
                .map(pattern -> Patterns.letters(pattern, setup.steps()))
                .toList();
        List<PromptSamples> samples = run("sweep.jsonl", names);
        double[] distances = runs.hasFeatures() ? distances(reference(), samples, names) : new double[0];
        List<PatternRow> rows = new ArrayList<>();
        for (int i = 0; i < patterns.size(); i++) {
            rows.add(row(
                    patterns.get(i),
                    Patterns.kind(patterns.get(i), pair.served().storedProfile()),
                    samples,
                    names.get(i),
                    distances.length == 0 ? Double.NaN : distances[i]));
        }
        return rows;
    }

    /** The adaptive policy at several qualities. */
    public List<PatternRow> adaptive(List<Double> qualities) {
        List<String> names = qualities.stream().map(ScheduleRuns::adaptive).toList();
        List<PromptSamples> samples = run("adaptive.jsonl", names);
        double[] distances = runs.hasFeatures() ? distances(reference(), samples, names) : new double[0];
        return IntStream.range(0, names.size())
                .mapToObj(i -> row(
                        names.get(i),
                        Patterns.Kind.LXX,
                        samples,
                        names.get(i),
                        distances.length == 0 ? Double.NaN : distances[i]))
                .toList();
    }

    private static PatternRow row(
            String pattern, Patterns.Kind kind, List<PromptSamples> samples, String name, double distance) {
        return new PatternRow(
                pattern,
                kind,
                mean(samples, name, Sample::compute),
                mean(samples, name, Sample::deviation),
                mean(samples, name, Sample::psnr),
                mean(samples, name, PaperExperiments::similarity),
                distance);
    }

    private List<PromptSamples> run(String name, List<String> names) {
        List<HeldOut> held = setup.prompts().measured(setup.count());
        return runs.run(
                file(name), setup.prompts(), held, names.stream().distinct().toList(), progress);
    }

    private FrameGaussian reference() {
        List<HeldOut> held = setup.prompts().reference(setup.count());
        List<double[]> features = new ArrayList<>();
        runs.run(file("reference.jsonl"), setup.prompts(), held, List.of(), progress)
                .forEach(each -> features.addAll(each.samples().get(0).features()));
        return FrameGaussian.of(features);
    }

    private static double[] distances(FrameGaussian reference, List<PromptSamples> samples, List<String> names) {
        return reference.distances(names.stream()
                .map(name -> {
                    List<double[]> features = new ArrayList<>();
                    samples.forEach(each -> features.addAll(each.named(name).features()));
                    return FrameGaussian.of(features);
                })
                .toList());
    }

    private static List<double[]> drawn(FrameGaussian reference, List<PromptSamples> samples, List<String> names) {
        SplittableRandom random = new SplittableRandom(DRAW_SEED);
        List<double[]> drawn = new ArrayList<>();
        for (int i = 0; i < DRAWN; i++) {
            List<PromptSamples> again = new ArrayList<>();
            samples.forEach(any -> again.add(samples.get(random.nextInt(samples.size()))));
            drawn.add(distances(reference, again, names));
        }
        return drawn;
    }

    private static double mean(List<PromptSamples> samples, String name, ToDoubleFunction<Sample> value) {
        return samples.stream()
                .mapToDouble(each -> value.applyAsDouble(each.named(name)))
                .average()
                .orElse(Double.NaN);
    }

    private static double similarity(Sample sample) {
        return Double.isNaN(sample.similarity()) ? sample.ssim() : sample.similarity();
    }

    private String letters(int early, int late) {
        return "L".repeat(early) + "S".repeat(setup.steps() - early - late) + "L".repeat(late);
    }

    private Path file(String name) {
        return setup.folder().resolve(name);
    }
}
