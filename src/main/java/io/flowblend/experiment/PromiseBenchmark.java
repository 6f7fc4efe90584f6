package io.flowblend.experiment;

import io.flowblend.control.RequestControl;
import io.flowblend.control.StaticPolicy;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.request.VideoOptions;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether promises are kept: the true deviation of held-out requests against the promised one, by quality, step count,
 * guidance and number of digits in the prompt. Two digits are a kind of prompt that nothing was learned from.
 */
public final class PromiseBenchmark {
    private final OpenPipeline pipeline;
    private final Setup setup;
    private final FlowSampler sampler = new FlowSampler();

    /** What the results depend on. */
    public record Setup(String pair, List<Double> qualities, List<Integer> steps, List<Double> guidances) {
        public Setup {
            qualities = List.copyOf(qualities);
            steps = List.copyOf(steps);
            guidances = List.copyOf(guidances);
        }
    }

    /**
     * One request.
     *
     * @param promised null where the controller fell back and promised nothing
     * @param deviation relative L2 of its latents to those of LARGE alone
     * @param compute over LARGE alone, probes included
     */
    public record Kept(
            int digits,
            int steps,
            double guidance,
            double quality,
            @Nullable Double promised,
            double deviation,
            double compute) {}

    /** All requests of one held-out prompt. */
    public record PromptPromises(int index, List<Kept> requests) {}

    /**
     * Requests of one kind.
     *
     * @param promised how many of them were promised something
     * @param kept share of those that ended within it; null without a promise
     * @param meanPromise, meanDeviation, meanCompute over those with a promise; null without
     */
    public record Row(
            double quality,
            int steps,
            double guidance,
            int digits,
            int requests,
            int promised,
            @Nullable Double kept,
            @Nullable Double meanPromise,
            @Nullable Double meanDeviation,
            @Nullable Double meanCompute) {}

    /** Figures of a run and where they come from. */
    public record Result(Environment environment, Setup setup, int prompts, double kept, List<Row> rows) {}

    private PromiseBenchmark(OpenPipeline pipeline, Setup setup) {
        this.pipeline = pipeline;
        this.setup = setup;
    }

    /**
     * Runs the first {@code prompts} held-out prompts, or what of them the log does not hold yet.
     *
     * @param log where finished prompts are kept
     */
    public static Result run(OpenPipeline pipeline, Setup setup, int prompts, Path log, Consumer<String> progress) {
        Environment environment = Environment.here();
        ResultLog<PromptPromises> done = ResultLog.open(log, setup, PromptPromises.class);
        PromiseBenchmark benchmark = new PromiseBenchmark(pipeline, setup);
        for (int index = done.results().size(); index < prompts; index++) {
            done.add(new PromptPromises(index, benchmark.prompt(HeldOut.of(index))));
            progress.accept("prompt " + (index + 1) + " of " + prompts);
        }
        return result(environment, setup, done.results().subList(0, prompts));
    }

    private List<Kept> prompt(HeldOut held) {
        List<Kept> kept = new ArrayList<>();
        for (int steps : setup.steps()) {
            for (double guidance : setup.guidances()) {
                VideoOptions options = VideoOptions.of(held.prompt())
                        .withSteps(steps)
                        .withGuidance(guidance)
                        .withSeed(held.seed());
                kept.addAll(pipeline.open(
                        pipeline.resolve(options), request -> requests(request, held.digits(), steps, guidance)));
            }
        }
        return kept;
    }

    private List<Kept> requests(OpenRequest request, int digits, int steps, double guidance) {
        SamplingSpec whole = request.fromNoise();
        List<Kept> kept = new ArrayList<>();
        StaticPolicy alone = StaticPolicy.of("L".repeat(steps), steps, 0, 0);
        try (Sampled large = sampler.sample(whole, alone, StepListener.NONE)) {
            for (double quality : setup.qualities()) {
                RequestControl control = request.control(quality);
                try (Sampled sampled = sampler.sample(whole, control, StepListener.NONE)) {
                    double flops = sampled.trace().steps().stream()
                            .mapToDouble(StepRecord::flops)
                            .sum();
                    kept.add(new Kept(
                            digits,
                            steps,
                            guidance,
                            quality,
                            control.promisedDeviation().isPresent()
                                    ? (Double) control.promisedDeviation().getAsDouble()
                                    : null,
                            DivergenceMeter.measure(large.latents(), sampled.latents())
                                    .relativeL2(),
                            flops / (request.largeStepFlops() * steps)));
                }
            }
        }
        return kept;
    }

    private static Result result(Environment environment, Setup setup, List<PromptPromises> prompts) {
        Map<List<Number>, List<Kept>> groups = new LinkedHashMap<>();
        List<Kept> all = new ArrayList<>();
        prompts.forEach(prompt -> all.addAll(prompt.requests()));
        all.forEach(kept -> groups.computeIfAbsent(
                        List.of(kept.quality(), kept.steps(), kept.guidance(), kept.digits()), k -> new ArrayList<>())
                .add(kept));
        Double overall = row(all).kept();
        return new Result(
                environment,
                setup,
                prompts.size(),
                overall == null ? 1 : overall,
                groups.values().stream().map(PromiseBenchmark::row).toList());
    }

    private static Row row(List<Kept> requests) {
        Kept first = requests.get(0);
        List<Kept> promised =
                requests.stream().filter(kept -> kept.promised() != null).toList();
        return new Row(
                first.quality(),
                first.steps(),
                first.guidance(),
                first.digits(),
                requests.size(),
                promised.size(),
                mean(promised.stream()
                        .map(kept -> kept.deviation() <= promise(kept) ? 1.0 : 0.0)
                        .toList()),
                mean(promised.stream().map(PromiseBenchmark::promise).toList()),
                mean(promised.stream().map(Kept::deviation).toList()),
                mean(promised.stream().map(Kept::compute).toList()));
    }

    private static double promise(Kept kept) {
        return Objects.requireNonNull(kept.promised());
    }

    private static @Nullable Double mean(List<Double> values) {
        return values.isEmpty()
                ? null
                : (Double) values.stream().mapToDouble(v -> v).average().orElse(0);
    }

    /** For people. */
    public static String table(Result result) {
        return String.format(
                        Locale.ROOT,
                        "%s, %d held-out prompts, %s%nkept in all: %.1f %%%n%n",
                        result.setup().pair(),
                        result.prompts(),
                        result.environment(),
                        100 * result.kept())
                + PolicyTables.aligned(HEAD, lines(result));
    }

    /** The same table as Markdown. */
    public static String markdown(Result result) {
        return PolicyTables.markdown(HEAD, lines(result));
    }

    private static final List<String> HEAD = List.of(
            "quality",
            "steps",
            "guidance",
            "digits",
            "requests",
            "promised",
            "kept",
            "mean promise",
            "mean deviation",
            "mean compute");

    private static List<List<String>> lines(Result result) {
        return result.rows().stream()
                .map(row -> List.of(
                        String.valueOf(row.quality()),
                        String.valueOf(row.steps()),
                        String.valueOf(row.guidance()),
                        String.valueOf(row.digits()),
                        String.valueOf(row.requests()),
                        String.valueOf(row.promised()),
                        PolicyTables.percent(row.kept()),
                        PolicyTables.number(3, row.meanPromise()),
                        PolicyTables.number(3, row.meanDeviation()),
                        PolicyTables.number(3, row.meanCompute())))
                .toList();
    }
}
