package io.flowblend.experiment;

import io.flowblend.calibration.PairState;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.evidence.Transition;
import io.flowblend.file.InvalidFileException;
import io.flowblend.learning.IdleLearning;
import io.flowblend.learning.LearningSettings;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepListener;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Serves pairs that were never seen before, from COLD and without any manual step: each request by the pipeline as it
 * serves, then what idle time allows of learning. What comes of it is state, compute and true deviation by request, and
 * how the settled requests stand against the pair's own best static LSL, which a calibration by hand would have found.
 */
public final class NewPairBenchmark {
    /** Requests after which it has to have settled. */
    static final int SETTLED_AFTER = 32;

    private static final int EIGHTHS = 8;

    /** Pieces of learning after one request at most, so that a defect cannot go on for ever. */
    private static final int MOST_PIECES = 1000;

    private final Path folder;
    private final Setup setup;
    private final Consumer<String> progress;

    /**
     * What the results depend on.
     *
     * @param requests served to each pair
     * @param staticPrompts prompts on which the static schedules are measured
     */
    public record Setup(int steps, double quality, int requests, int staticPrompts) {}

    /**
     * One request as it was served.
     *
     * @param state of the pair when it began
     * @param compute over LARGE alone, probes included
     * @param deviation true one, relative L2 of the latents to those of LARGE alone
     * @param promised null where none was
     * @param fallback name of the cause; empty without
     */
    public record Served(
            int index,
            PairState state,
            String schedule,
            double compute,
            double deviation,
            @Nullable Double promised,
            String fallback) {}

    /**
     * One pair.
     *
     * @param adaptiveAfter requests before the first that was served ADAPTIVE; null if none was
     * @param compute, deviation means over the requests from number {@value #SETTLED_AFTER} on
     * @param staticCompute what the pair's best static LSL costs at that deviation; null where none is as good
     * @param staticDeviation its deviation at that compute; null where none is as cheap
     * @param kept share of the promises of all requests that were kept; null without any
     */
    public record Pair(
            String id,
            @Nullable Integer adaptiveAfter,
            double compute,
            double deviation,
            @Nullable Double staticCompute,
            @Nullable Double staticDeviation,
            @Nullable Double kept,
            List<Transition> history,
            List<Served> requests) {}

    /** Figures of a run and where they come from. */
    public record Result(Environment environment, Setup setup, List<Pair> pairs) {}

    private NewPairBenchmark(Path folder, Setup setup, Consumer<String> progress) {
        this.folder = folder;
        this.setup = setup;
        this.progress = progress;
    }

    /**
     * Runs all variants, or those that the log does not hold yet.
     *
     * @param folder for pairs and results; made if it is not there
     */
    public static Result run(Path folder, Setup setup, Consumer<String> progress) {
        Environment environment = Environment.here();
        NewPairBenchmark benchmark = new NewPairBenchmark(folder, setup, progress);
        try {
            Files.createDirectories(folder);
            ResultLog<Pair> done = ResultLog.open(folder.resolve("newpair.jsonl"), setup, Pair.class);
            for (NewPairs.Variant variant : NewPairs.Variant.values()) {
                if (done.results().stream().noneMatch(pair -> pair.id().equals(variant.id()))) {
                    done.add(benchmark.pair(variant));
                }
            }
            return new Result(environment, setup, done.results());
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "cannot be written to");
        }
    }

    private Pair pair(NewPairs.Variant variant) throws IOException {
        Path data = folder.resolve("data");
        Path pairs = folder.resolve("pairs").resolve(variant.id());
        NewPairs.write(variant, data, pairs);
        MemoryEvidenceStore store = new MemoryEvidenceStore(ShippedCalibrations.packaged());
        Profiles profiles = Profiles.open(Optional.empty(), "balanced");
        try (IdleLearning idle = new IdleLearning(
                        store, () -> LearningSettings.of(profiles.inForce().active()), InstantSource.system());
                PairCatalog catalog = PairCatalog.open(data, Optional.of(pairs), profiles, store, idle)) {
            OpenPipeline pipeline = (OpenPipeline) catalog.find(variant.id()).orElseThrow();
            List<Served> served = new ArrayList<>();
            for (int index = 0; index < setup.requests(); index++) {
                served.add(serve(pipeline, index));
                int pieces = 0;
                while (pieces < MOST_PIECES && idle.learnOnce(() -> false).isPresent()) {
                    pieces++;
                }
                progress.accept(String.format(
                        Locale.ROOT,
                        "%s: request %d of %d, %s",
                        variant.id(),
                        index + 1,
                        setup.requests(),
                        pipeline.state()));
            }
            List<Transition> history =
                    store.find(variant.id()).map(known -> known.history()).orElse(List.of());
            return summary(variant.id(), served, history, staticFront(pipeline));
        }
    }

    private Served serve(OpenPipeline pipeline, int index) {
        HeldOut held = HeldOut.of(index);
        VideoRequest request = pipeline.resolve(VideoOptions.of(held.prompt())
                .withSteps(setup.steps())
                .withQuality(setup.quality())
                .withSeed(held.seed()));
        VideoReport report = pipeline.generate(request, PipelineListener.NONE).report();
        String schedule = report.trace().schedule();
        double deviation = pipeline.open(request, open -> deviations(open, List.of(schedule.replace('P', 'L')))
                .get(0));
        return new Served(
                index,
                report.pairState(),
                schedule,
                report.flops() / report.largeOnlyFlops(),
                deviation,
                report.promisedDeviation().isPresent()
                        ? (Double) report.promisedDeviation().getAsDouble()
                        : null,
                report.trace()
                        .fallback()
                        .map(fallback -> fallback.cause().name())
                        .orElse(""));
    }

    /** Deviations of schedules from LARGE alone, in their order; a run is the same however often it is made. */
    private List<Double> deviations(OpenRequest request, List<String> schedules) {
        String large = "L".repeat(setup.steps());
        List<String> all = new ArrayList<>(schedules);
        all.add(large);
        Map<String, Double> deviations = new LinkedHashMap<>();
        Tensor[] reference = new Tensor[1];
        ScheduleTree.run(request.fromNoise(), all, StepListener.NONE, (letters, latents) -> {
            if (letters.equals(large)) {
                reference[0] = TensorScope.own(latents);
            }
            deviations.put(
                    letters, DivergenceMeter.measure(reference[0], latents).relativeL2());
        });
        reference[0].close();
        return schedules.stream()
                .map(letters -> deviations.getOrDefault(letters, Double.NaN))
                .toList();
    }

    /** Every LSL whose boundaries lie between eighths, LARGE alone among them, on prompts of their own. */
    private Front staticFront(OpenPipeline pipeline) {
        List<String> schedules = new ArrayList<>();
        for (int early = 1; early <= EIGHTHS; early++) {
            for (int late = 0; late <= EIGHTHS - early; late++) {
                int first = early * setup.steps() / EIGHTHS;
                int last = late * setup.steps() / EIGHTHS;
                schedules.add("L".repeat(first) + "S".repeat(setup.steps() - first - last) + "L".repeat(last));
            }
        }
        double[] sums = new double[schedules.size()];
        double[] small = new double[1];
        for (int i = 0; i < setup.staticPrompts(); i++) {
            HeldOut held = HeldOut.of(setup.requests() + i);
            VideoRequest request = pipeline.resolve(
                    VideoOptions.of(held.prompt()).withSteps(setup.steps()).withSeed(held.seed()));
            List<Double> deviations = pipeline.open(request, open -> {
                small[0] = open.smallStepFlops() / open.largeStepFlops();
                return deviations(open, schedules);
            });
            for (int k = 0; k < sums.length; k++) {
                sums[k] += deviations.get(k) / setup.staticPrompts();
            }
            progress.accept("static schedules: prompt " + (i + 1) + " of " + setup.staticPrompts());
        }
        List<Front.Point> points = new ArrayList<>();
        for (int k = 0; k < sums.length; k++) {
            double smallSteps =
                    schedules.get(k).chars().filter(letter -> letter == 'S').count();
            points.add(new Front.Point(1 - smallSteps * (1 - small[0]) / setup.steps(), sums[k]));
        }
        return Front.of(points);
    }

    private static Pair summary(String id, List<Served> served, List<Transition> history, Front lsl) {
        List<Served> settled = served.stream()
                .filter(request -> request.index() >= Math.min(SETTLED_AFTER, served.size() - 1))
                .toList();
        double compute = settled.stream().mapToDouble(Served::compute).average().orElse(Double.NaN);
        double deviation =
                settled.stream().mapToDouble(Served::deviation).average().orElse(Double.NaN);
        Optional<Served> adaptive = served.stream()
                .filter(request -> request.state() == PairState.ADAPTIVE)
                .min(Comparator.comparingInt(Served::index));
        return new Pair(
                id,
                adaptive.map(Served::index).orElse(null),
                compute,
                deviation,
                number(lsl.computeAt(deviation)),
                number(lsl.deviationAt(compute)),
                kept(served),
                history,
                served);
    }

    private static @Nullable Double kept(List<Served> served) {
        int promised = 0;
        int kept = 0;
        for (Served request : served) {
            Double promise = request.promised();
            if (promise != null) {
                promised++;
                kept += request.deviation() <= promise ? 1 : 0;
            }
        }
        return promised == 0 ? null : (Double) ((double) kept / promised);
    }

    private static @Nullable Double number(double value) {
        return Double.isNaN(value) ? null : (Double) value;
    }
}
