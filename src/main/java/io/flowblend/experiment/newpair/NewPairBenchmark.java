package io.flowblend.experiment.newpair;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.QualityScale;
import io.flowblend.control.Decision;
import io.flowblend.control.Promise;
import io.flowblend.control.StaticPolicy;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.experiment.Environment;
import io.flowblend.experiment.FitPrompts;
import io.flowblend.experiment.Front;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.PatternSearch;
import io.flowblend.experiment.ResultLog;
import io.flowblend.experiment.SideBySide;
import io.flowblend.experiment.Statistics;
import io.flowblend.file.InvalidFileException;
import io.flowblend.learning.IdleLearning;
import io.flowblend.learning.LearningSettings;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.replay.Branch;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Serves pairs that were never seen before, from COLD and without any manual step: each request by the pipeline as it
 * serves, then what idle time allows of learning. What comes of it is state, compute and true deviation by request, and
 * how the settled requests stand against the pair's own best static schedule that keeps the promise: found by a greedy
 * search on other prompts once the pair is known, and chosen in hindsight on the prompts of the settled requests.
 */
public final class NewPairBenchmark {
    /** Requests after which it has to have settled. */
    static final int SETTLED_AFTER = 32;

    /** Pieces of learning after one request at most, so that a defect cannot go on for ever. */
    private static final int MOST_PIECES = 1000;

    private static final int MOST_PATTERNS = 12;
    private static final String PROFILE = "balanced";

    private final Path folder;
    private final Setup setup;
    private final Consumer<String> progress;

    /**
     * What the results depend on.
     *
     * @param requests served to each pair
     * @param fitPrompts prompts on which static schedules are searched
     */
    public record Setup(int steps, double quality, int requests, int fitPrompts) {}

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
            String letters,
            double compute,
            double deviation,
            @Nullable Double promised,
            String fallback) {}

    /**
     * One pair.
     *
     * @param adaptiveAfter requests before the first that was served ADAPTIVE; null if none was
     * @param compute, deviation over the requests from number {@value #SETTLED_AFTER} on
     * @param staticCompute of the cheapest static schedule of which 95 % of the same videos deviate by no more than the
     *     quality promises
     * @param staticLetters of the cheapest schedule found that does so by itself
     * @param kept promises above 0 of all requests; null without any
     */
    public record Pair(
            String id,
            @Nullable Integer adaptiveAfter,
            Statistics.Mean compute,
            Statistics.Mean deviation,
            double staticCompute,
            String staticLetters,
            Statistics.@Nullable Kept kept,
            List<Served> requests) {}

    /** Figures of a run and where they come from. */
    public record Result(Environment environment, Setup setup, List<Pair> pairs) {}

    private record Static(double compute, String letters) {}

    private NewPairBenchmark(Path folder, Setup setup, Consumer<String> progress) {
        this.folder = folder;
        this.setup = setup;
        this.progress = progress;
    }

    /**
     * Runs all pairs, or those that the log does not hold yet.
     *
     * @param folder for pairs and results; made if it is not there
     */
    public static Result run(Path folder, Setup setup, List<NewPair> pairs, Consumer<String> progress) {
        Environment environment = Environment.here();
        NewPairBenchmark benchmark = new NewPairBenchmark(folder, setup, progress);
        try {
            Files.createDirectories(folder);
            ResultLog<Pair> done = ResultLog.open(folder.resolve("newpair.jsonl"), setup, Pair.class);
            for (NewPair pair : pairs) {
                if (done.results().stream().noneMatch(known -> known.id().equals(pair.id()))) {
                    done.add(benchmark.pair(pair));
                }
            }
            return new Result(environment, setup, done.results());
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "cannot be written to: " + e.getMessage());
        }
    }

    private Pair pair(NewPair newPair) throws IOException {
        Path data = folder.resolve("data");
        Path pairs = folder.resolve("pairs").resolve(newPair.id());
        newPair.write(data, pairs);
        MemoryEvidenceStore store = new MemoryEvidenceStore(ShippedEvidence.packaged());
        Profiles profiles = Profiles.open(Optional.empty(), PROFILE);
        try (IdleLearning idle = new IdleLearning(
                        store, () -> LearningSettings.of(profiles.inForce().active()), InstantSource.system());
                PairCatalog catalog = PairCatalog.open(data, Optional.of(pairs), profiles, store, idle)) {
            MeasuredPair pair = MeasuredPair.of(catalog.find(newPair.id())
                    .orElseThrow(
                            () -> new InvalidFileException(newPair.id(), "cannot be loaded: " + catalog.refused())));
            List<Served> served = new ArrayList<>();
            for (int index = 0; index < setup.requests(); index++) {
                served.add(serve(pair, HeldOut.of(index)));
                learn(idle);
                progress.accept(String.format(
                        Locale.ROOT,
                        "%s: request %d of %d, %s",
                        newPair.id(),
                        index + 1,
                        setup.requests(),
                        pair.served().state()));
            }
            return summary(newPair.id(), served, bestStatic(pair));
        }
    }

    private static void learn(IdleLearning idle) {
        int pieces = 0;
        while (pieces < MOST_PIECES && idle.learnOnce(() -> false).isPresent()) {
            pieces++;
        }
    }

    private Served serve(MeasuredPair pair, HeldOut held) {
        VideoRequest request = pair.served()
                .resolve(MeasuredPair.options(held, setup.steps())
                        .withQuality(setup.quality())
                        .withProfile(PROFILE));
        VideoReport report = pair.served()
                .generate(request, PipelineListener.NONE)
                .orElseThrow()
                .report();
        List<Decision> decisions =
                report.trace().steps().stream().map(StepRecord::decision).toList();
        Branch again = Branch.deciding("served", spec -> StaticPolicy.of(decisions), 1);
        return new Served(
                held.index(),
                report.pairState(),
                report.trace().letters(),
                report.flops() / report.largeOnlyFlops(),
                pair.sideBySide(held, setup.steps(), List.of(again))
                        .run("served")
                        .deviation(),
                report.promise().map(Promise::deviation).orElse(null),
                report.trace()
                        .fallback()
                        .map(fallback -> fallback.cause().name())
                        .orElse(""));
    }

    /** The cheapest static schedule that keeps the promise on the prompts of the settled requests; LARGE alone does. */
    private Static bestStatic(MeasuredPair pair) {
        FitPrompts prompts = new FitPrompts(pair, setup.steps(), setup.fitPrompts());
        List<PatternSearch.Pattern> found = PatternSearch.spread(
                PatternSearch.search(setup.steps(), PatternSearch.ALL, FitPrompts.FARTHEST, prompts, progress),
                MOST_PATTERNS);
        List<Branch> branches = found.stream()
                .map(pattern -> pair.fixed(pattern.letters(), pattern.letters()))
                .toList();
        Map<String, List<Double>> deviations = new HashMap<>();
        settled().forEach(index -> {
            SideBySide.Runs runs = pair.sideBySide(HeldOut.of(index), setup.steps(), branches);
            found.forEach(pattern -> deviations
                    .computeIfAbsent(pattern.letters(), letters -> new ArrayList<>())
                    .add(runs.run(pattern.letters()).deviation()));
            progress.accept("static schedules: request " + (index + 1) + " of " + setup.requests());
        });
        double promised = QualityScale.deviation(setup.quality());
        List<Front.Point> points = new ArrayList<>();
        Static cheapest = new Static(1, "L".repeat(setup.steps()));
        for (PatternSearch.Pattern pattern : found) {
            double worst = Statistics.quantile95(deviations.getOrDefault(pattern.letters(), List.of()).stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray());
            points.add(new Front.Point(pattern.compute(), worst));
            if (worst <= promised && pattern.compute() < cheapest.compute()) {
                cheapest = new Static(pattern.compute(), pattern.letters());
            }
        }
        return new Static(Front.of(points).computeAt(promised), cheapest.letters());
    }

    private IntStream settled() {
        return IntStream.range(Math.min(SETTLED_AFTER, setup.requests() - 1), setup.requests());
    }

    private Pair summary(String id, List<Served> served, Static best) {
        List<Served> settled = settled().mapToObj(served::get).toList();
        OptionalInt adaptive = served.stream()
                .filter(request -> request.state() == PairState.ADAPTIVE)
                .mapToInt(Served::index)
                .min();
        List<Double> ratios = new ArrayList<>();
        for (Served request : served) {
            Double promised = request.promised();
            if (promised != null && promised > 0) {
                ratios.add(request.deviation() / promised);
            }
        }
        return new Pair(
                id,
                adaptive.isPresent() ? (Integer) adaptive.getAsInt() : null,
                Statistics.Mean.of(settled.stream().map(Served::compute).toList()),
                Statistics.Mean.of(settled.stream().map(Served::deviation).toList()),
                best.compute(),
                best.letters(),
                ratios.isEmpty() ? null : Statistics.Kept.of(ratios),
                served);
    }
}
