package io.flowblend.experiment;

import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoOptions;
import io.flowblend.sampling.StepRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * LLL, SSS, LSL and adaptive side by side on one prompt and seed: whole time, forwards, and what is left outside them.
 * The policies take turns within a round, so that a change of the machine's speed meets all of them.
 */
public final class LoopBenchmark {
    private static final int WARM_UP_ROUNDS = 10;

    private static final Map<String, String> POLICIES = new LinkedHashMap<>();

    static {
        POLICIES.put("LLL", "LLL");
        POLICIES.put("SSS", "SSS");
        POLICIES.put("LSL", "LSL");
        POLICIES.put("adaptive", "");
    }

    private LoopBenchmark() {}

    /**
     * Medians over the rounds of one policy.
     *
     * @param schedule of the last round, one letter a step
     * @param seconds from prompt to frames
     * @param forwardSeconds in forwards of the two models, text encoder and decoder
     * @param outsideShare share of {@code seconds} outside forwards, 0..1
     * @param largeForwardMillis one guided large velocity, 0 if there was none
     * @param smallForwardMillis one guided small velocity, 0 if there was none
     * @param decodeSeconds latents to frames
     * @param speedup seconds of LLL / seconds
     */
    public record Row(
            String policy,
            String schedule,
            double seconds,
            double forwardSeconds,
            double outsideShare,
            double largeForwardMillis,
            double smallForwardMillis,
            double decodeSeconds,
            double speedup) {}

    /** Figures of a run and where they come from. */
    public record Result(Environment environment, String pair, String prompt, int steps, int rounds, List<Row> rows) {}

    private record Run(double seconds, VideoReport report) {
        double forwards() {
            return report.stageSeconds().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        }
    }

    /**
     * @param steps solver steps
     * @param rounds measured rounds, after {@value #WARM_UP_ROUNDS} that are not, in which the JVM compiles
     */
    public static Result run(VideoPipeline pipeline, String prompt, int steps, double quality, int rounds) {
        Map<String, List<Run>> runs = new LinkedHashMap<>();
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (Map.Entry<String, String> policy : POLICIES.entrySet()) {
                Run run = run(pipeline, prompt, steps, quality, policy.getValue());
                if (round >= 0) {
                    runs.computeIfAbsent(policy.getKey(), p -> new ArrayList<>())
                            .add(run);
                }
            }
        }
        double largeOnly = median(runs.getOrDefault("LLL", List.of()), Run::seconds);
        List<Row> rows = new ArrayList<>();
        runs.forEach((policy, made) -> rows.add(row(policy, made, largeOnly)));
        return new Result(Environment.here(), pipeline.spec().id(), prompt, steps, rounds, rows);
    }

    private static Run run(VideoPipeline pipeline, String prompt, int steps, double quality, String schedule) {
        VideoOptions options = VideoOptions.of(prompt).withSteps(steps).withSeed(1);
        options = schedule.isEmpty() ? options.withQuality(quality) : options.withSchedule(schedule);
        long start = System.nanoTime();
        GeneratedVideo video = pipeline.generate(pipeline.resolve(options), PipelineListener.NONE);
        return new Run((System.nanoTime() - start) * 1e-9, video.report());
    }

    private static Row row(String policy, List<Run> runs, double largeOnly) {
        double seconds = median(runs, Run::seconds);
        return new Row(
                policy,
                runs.get(runs.size() - 1).report().trace().schedule(),
                seconds,
                median(runs, Run::forwards),
                median(runs, run -> 1 - run.forwards() / run.seconds()),
                median(runs, run -> millisAStep(run, StepRecord::largeSeconds)),
                median(runs, run -> millisAStep(run, StepRecord::smallSeconds)),
                median(runs, run -> run.report().stageSeconds().getOrDefault("decode", 0.0)),
                largeOnly / seconds);
    }

    private static double millisAStep(Run run, ToDoubleFunction<StepRecord> seconds) {
        return 1000
                * run.report().trace().steps().stream()
                        .mapToDouble(seconds)
                        .filter(value -> value > 0)
                        .average()
                        .orElse(0);
    }

    private static double median(List<Run> runs, ToDoubleFunction<Run> figure) {
        double[] values = runs.stream().mapToDouble(figure).sorted().toArray();
        return values.length == 0 ? Double.NaN : (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }

    /** For people. */
    public static String table(Result result) {
        StringBuilder text = new StringBuilder(String.format(
                "%s, %d steps, median of %d rounds, %s%n",
                result.pair(), result.steps(), result.rounds(), result.environment()));
        text.append(String.format(
                "%-9s %8s %8s %8s %9s %9s %8s %8s  %s%n",
                "policy", "total s", "speedup", "outside", "large ms", "small ms", "decode s", "L/S/P", "schedule"));
        for (Row row : result.rows()) {
            text.append(String.format(
                    java.util.Locale.ROOT,
                    "%-9s %8.3f %8.2f %7.2f%% %9.2f %9.2f %8.3f %8s  %s%n",
                    row.policy(),
                    row.seconds(),
                    row.speedup(),
                    100 * row.outsideShare(),
                    row.largeForwardMillis(),
                    row.smallForwardMillis(),
                    row.decodeSeconds(),
                    counts(row.schedule()),
                    row.schedule()));
        }
        return text.toString();
    }

    private static String counts(String schedule) {
        return Arrays.asList('L', 'S', 'P').stream()
                .map(letter ->
                        String.valueOf(schedule.chars().filter(c -> c == letter).count()))
                .collect(java.util.stream.Collectors.joining("/"));
    }
}
