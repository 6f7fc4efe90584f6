package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Schedule;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.paper.PaperResults.Boundaries;
import io.flowblend.experiment.paper.PaperResults.HalfSteps;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import io.flowblend.experiment.paper.PaperResults.StepCosts;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.quality.FrameGaussian;
import io.flowblend.quality.network.FeatureNetworks;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** The paper's experiments on one pair. What is finished is kept in a folder, from which a later call goes on. */
public final class PaperExperiments {
    /** Qualities at which the adaptive policy takes part. */
    public static final List<Double> QUALITIES = List.of(0.2, 0.35, 0.5, 0.65, 0.8, 0.9);

    private static final int POINTS = 8;
    private static final List<String> STAGES = List.of("LSL", "LSS", "SLL", "SSS");
    private static final String FEWER_STEPS_SOLVER = "dpm++";

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
     * @param draws of the prompts with replacement, for the intervals of distances
     * @param networks for measures that need one; empty without
     */
    public record Setup(
            int steps, int count, PaperPrompts prompts, Path folder, int draws, Optional<FeatureNetworks> networks) {}

    public PaperExperiments(MeasuredPair pair, Setup setup, Progress progress) {
        this.pair = pair;
        this.setup = setup;
        this.progress = progress;
        this.runs = new ScheduleRuns(pair, setup.prompts(), setup.networks(), setup.steps(), "");
    }

    /**
     * All of it.
     *
     * @param segments of the patterns
     * @param sheets prompts that are shown
     * @param origin asked once everything is measured
     */
    public PaperResults all(int segments, int sheets, Supplier<PaperResults.Origin> origin) {
        StepCosts costs = costs();
        List<VelocityAnalysis.Curve> curves = analyse();
        Boundaries boundaries = boundaries();
        List<PatternRow> stages = stages();
        List<PatternRow> adaptive = adaptive();
        HalfSteps half = halfSteps();
        List<ContactSheet> shown = sheets(Math.min(sheets, setup.count()));
        List<DeviationBins.Bin> bins = deviations();
        List<PatternRow> sweep = sweep(segments);
        return new PaperResults(origin.get(), costs, curves, boundaries, sweep, adaptive, stages, half, bins, shown);
    }

    /** What features are taken from, for people. */
    public String featureSpace() {
        return runs.featureSpace();
    }

    /** What a step costs, as the paper counts it and in all. */
    public StepCosts costs() {
        HeldOut any = setup.prompts().measured(1).get(0);
        return pair.opened().open(pair.request(any, setup.steps()), request -> {
            SamplingSpec spec = request.fromNoise();
            Tensor x = spec.start().x();
            LatentShape shape = new LatentShape((int) x.size(1), (int) x.size(2), (int) x.size(3), (int) x.size(4));
            ForwardCost large = spec.guidance().cost(spec.large(), shape);
            ForwardCost small = spec.smallGuidance().cost(spec.small(), shape);
            return new StepCosts(
                    new FlopsTable(large.linear(), small.linear()), new FlopsTable(large.total(), small.total()));
        });
    }

    /** The velocity divergence by step. */
    public List<VelocityAnalysis.Curve> analyse() {
        return VelocityAnalysis.run(
                pair, setup.steps(), setup.prompts(), setup.count(), file("divergence.jsonl"), progress);
    }

    /** Both boundaries, and the stored profile that follows. */
    public Boundaries boundaries() {
        List<Integer> ends = ends();
        Samples early = early();
        List<Statistics.Mean> similarities = ends.stream()
                .map(large -> PatternRow.similarity(early.means(letters(large, 0))))
                .toList();
        List<EarlyBoundary.Point> curve = IntStream.range(0, ends.size())
                .mapToObj(i -> new EarlyBoundary.Point(
                        (double) ends.get(i) / setup.steps(),
                        similarities.get(i).mean()))
                .toList();
        EarlyBoundary.RelativeSlope slope = EarlyBoundary.relativeSlope(curve, EarlyBoundary.ALPHA);
        OptionalInt similar = EarlyBoundary.similarFrom(curve, EarlyBoundary.SIMILAR);
        int large = ends.get(similar.orElse(slope.index()));
        List<Integer> lates =
                ends.stream().filter(late -> late <= setup.steps() - large).toList();
        List<Statistics.Interval> distances = new ArrayList<>();
        List<LateBoundary.Found> found = new ArrayList<>();
        int chosen = 0;
        if (runs.hasFeatures()) {
            List<String> names =
                    lates.stream().map(late -> letters(large, late)).toList();
            Samples late = run("late.jsonl", names);
            FrameGaussian reference = reference();
            double[] distance = late.distances(reference, names);
            List<double[]> drawn = late.drawn(reference, names, setup.draws());
            distances.addAll(Samples.intervals(distance, drawn));
            found.add(LateBoundary.find(distance, drawn));
            chosen = lates.get(found.get(0).index());
        }
        double steps = setup.steps();
        return new Boundaries(
                curve,
                similarities,
                slope,
                similar,
                lates.stream().map(late -> late / steps).toList(),
                distances,
                found,
                new StoredProfile(large / steps, chosen / steps));
    }

    private List<Integer> ends() {
        return IntStream.rangeClosed(0, POINTS)
                .map(i -> i * setup.steps() / POINTS)
                .distinct()
                .boxed()
                .toList();
    }

    private Samples early() {
        return run(
                "early.jsonl", ends().stream().map(large -> letters(large, 0)).toList());
    }

    /** All patterns of so many segments, in the order of {@link Patterns#all}. */
    public List<PatternRow> sweep(int segments) {
        List<String> patterns = Patterns.all(segments);
        List<String> names = patterns.stream()
                .map(pattern -> Patterns.letters(pattern, setup.steps()))
                .toList();
        Samples samples = run("sweep.jsonl", names);
        // No intervals of the distances: for 256 patterns they would take longer than the videos.
        double[] distances = runs.hasFeatures() ? samples.distances(reference(), names) : new double[0];
        List<Statistics.Interval> plain = Samples.intervals(distances, List.of());
        return IntStream.range(0, patterns.size())
                .mapToObj(i -> PatternRow.of(
                        patterns.get(i),
                        Patterns.kind(patterns.get(i), pair.served().storedProfile()),
                        samples,
                        names.get(i),
                        plain.isEmpty() ? List.of() : List.of(plain.get(i)),
                        Double.NaN))
                .toList();
    }

    /** The adaptive policy at several qualities. */
    public List<PatternRow> adaptive() {
        return rows(
                adaptiveRuns(), QUALITIES.stream().map(ScheduleRuns::adaptive).toList());
    }

    private Samples adaptiveRuns() {
        return run(
                "adaptive.jsonl", QUALITIES.stream().map(ScheduleRuns::adaptive).toList());
    }

    /** The paper's schedules at the pair's stored profile, LARGE alone first. */
    public List<PatternRow> stages() {
        List<String> names = stageLetters(setup.steps());
        return stageRows(run("stages.jsonl", names), names);
    }

    /** The same by DPM-Solver++ at half the steps, compared with LARGE alone there. */
    public HalfSteps halfSteps() {
        int half = Math.max(2, setup.steps() / 2);
        ScheduleRuns there = new ScheduleRuns(pair, setup.prompts(), setup.networks(), half, FEWER_STEPS_SOLVER);
        List<String> names = stageLetters(half);
        Samples samples = run(there, "half-steps.jsonl", names);
        return new HalfSteps(FEWER_STEPS_SOLVER, half, stageRows(samples, names));
    }

    private List<String> stageLetters(int steps) {
        StoredProfile profile = pair.served().storedProfile();
        return STAGES.stream()
                .map(stages -> Schedule.parse(stages, steps, profile).letters())
                .toList();
    }

    private List<PatternRow> stageRows(Samples samples, List<String> names) {
        List<String> all =
                Stream.concat(Stream.of(Replay.LARGE), names.stream()).toList();
        List<PatternRow> rows = rows(samples, all);
        List<String> shown = Stream.concat(Stream.of("LLL"), STAGES.stream()).toList();
        return IntStream.range(0, rows.size())
                .mapToObj(i -> rows.get(i).named(shown.get(i)))
                .toList();
    }

    private List<PatternRow> rows(Samples samples, List<String> names) {
        List<Statistics.Interval> distances = List.of();
        double[] videos = new double[0];
        if (runs.hasFeatures()) {
            Samples made = referenceRuns();
            distances = samples.intervals(made.frames(Replay.LARGE), names, setup.draws());
            if (setup.count() > 1) {
                videos = made.videos(Replay.LARGE)
                        .distances(names.stream().map(samples::videos).toList());
            }
        }
        List<PatternRow> rows = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            rows.add(PatternRow.of(
                    names.get(i),
                    Patterns.Kind.ADAPTIVE,
                    samples,
                    names.get(i),
                    distances.isEmpty() ? List.of() : List.of(distances.get(i)),
                    videos.length == 0 ? Double.NaN : videos[i]));
        }
        return rows;
    }

    /** What deviations look like, over all schedules that are neither LARGE alone nor equal to it. */
    public List<DeviationBins.Bin> deviations() {
        Samples early = early();
        List<Samples.Sample> others = new ArrayList<>(early.others());
        others.addAll(adaptiveRuns().others());
        others.addAll(run("stages.jsonl", stageLetters(setup.steps())).others());
        return DeviationBins.of(early.large(), others);
    }

    /** Frames of the first prompts by LARGE alone, LSL, the adaptive policy and SMALL alone. */
    public List<ContactSheet> sheets(int count) {
        String lsl = Schedule.parse("LSL", setup.steps(), pair.served().storedProfile())
                .letters();
        return ContactSheet.make(
                runs,
                setup.prompts().measured(count),
                lsl,
                file("sheets.jsonl"),
                pair.served().fingerprint(),
                progress);
    }

    private Samples run(String name, List<String> names) {
        return run(runs, name, names);
    }

    private Samples run(ScheduleRuns by, String name, List<String> names) {
        List<HeldOut> held = setup.prompts().measured(setup.count());
        return by.run(file(name), held, names.stream().distinct().toList(), progress);
    }

    private Samples referenceRuns() {
        return runs.run(file("reference.jsonl"), setup.prompts().reference(setup.count()), List.of(), progress);
    }

    private FrameGaussian reference() {
        return referenceRuns().frames(Replay.LARGE);
    }

    private String letters(int early, int late) {
        return "L".repeat(early) + "S".repeat(setup.steps() - early - late) + "L".repeat(late);
    }

    private Path file(String name) {
        return setup.folder().resolve(name);
    }
}
