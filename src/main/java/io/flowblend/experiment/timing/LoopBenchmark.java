package io.flowblend.experiment.timing;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Table;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.video.VideoEncoder;
import io.flowblend.video.VideoEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * LLL, SSS, LSL, adaptive, and speedups that are asked for, side by side on one prompt and seed: the whole time from prompt to
 * file, forwards, and what is left outside them. They take turns within a round, so that a change of the machine's speed
 * meets all of them.
 */
public final class LoopBenchmark implements AutoCloseable {
    private static final double NANOS = 1e-9;

    private final VideoPipeline pipeline;
    private final Setup setup;
    private final Path folder;
    private final Path file;
    private final VideoEncoder encoder;
    private final Map<String, List<Run>> runs = new LinkedHashMap<>();

    /**
     * What is run.
     *
     * @param steps solver steps
     * @param speedups that are asked for, each at least 1
     * @param rounds measured rounds
     * @param warmUpRounds rounds before them that are not, in which the JVM compiles
     */
    public record Setup(String prompt, int steps, double quality, List<Double> speedups, int rounds, int warmUpRounds) {
        public Setup {
            speedups = List.copyOf(speedups);
        }
    }

    /**
     * Medians over the rounds of one policy.
     *
     * @param letters of the last round, one a step
     * @param seconds from prompt to file: text, steps, decoding, encoding
     * @param outsideShare share of the time from prompt to frames outside forwards (text encoder and decoder are forwards),
     *     0..1
     * @param largeForwardMillis one guided large velocity, 0 if there was none
     * @param smallForwardMillis one guided small velocity, 0 if there was none
     * @param decodeSeconds latents to frames
     * @param encodeSeconds frames to an MP4 file
     * @param asked speedup that was asked for; null if none was
     * @param speedup seconds of LLL / seconds
     * @param fallback why the controller did not decide by what it learned in the last round; empty if it did
     */
    public record Row(
            String policy,
            String letters,
            double seconds,
            double outsideShare,
            double largeForwardMillis,
            double smallForwardMillis,
            double decodeSeconds,
            double encodeSeconds,
            @Nullable Double asked,
            double speedup,
            String fallback) {}

    /**
     * Figures of a run and where they come from.
     *
     * @param refused speedups that the pair cannot reach, with the answer to them
     */
    public record Result(
            Environment environment, String pair, Setup setup, List<Row> rows, Map<Double, String> refused) {}

    /** @param frames seconds from prompt to frames */
    private record Run(double frames, double encode, VideoReport report) {
        double seconds() {
            return frames + encode;
        }

        double outsideShare() {
            double forwards = report.stageSeconds().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
            return 1 - forwards / frames;
        }
    }

    private LoopBenchmark(VideoPipeline pipeline, Setup setup) throws IOException {
        this.pipeline = pipeline;
        this.setup = setup;
        this.folder = Files.createTempDirectory("loop");
        this.file = folder.resolve("video.mp4");
        this.encoder = VideoEncoders.forFile(file);
    }

    public static Result run(VideoPipeline pipeline, Setup setup) throws IOException {
        try (LoopBenchmark benchmark = new LoopBenchmark(pipeline, setup)) {
            return benchmark.run();
        }
    }

    private Result run() throws IOException {
        Map<Double, String> refused = new LinkedHashMap<>();
        for (int round = -setup.warmUpRounds(); round < setup.rounds(); round++) {
            VideoOptions plain =
                    VideoOptions.of(setup.prompt()).withSteps(setup.steps()).withSeed(1);
            for (String schedule : List.of("LLL", "SSS", "LSL")) {
                make(schedule, plain.withSchedule(schedule), round);
            }
            make(adaptive(), plain.withQuality(setup.quality()), round);
            for (double speedup : setup.speedups()) {
                try {
                    make(asked(speedup), withSpeedup(plain, speedup), round);
                    refused.remove(speedup);
                } catch (InvalidRequestException e) {
                    refused.put(speedup, String.valueOf(e.getMessage()));
                }
            }
        }
        List<Row> rows = new ArrayList<>();
        double large = median("LLL", Run::seconds);
        runs.forEach((policy, made) -> rows.add(row(policy, made, large)));
        return new Result(Environment.here(), pipeline.spec().id(), setup, rows, refused);
    }

    private String adaptive() {
        return "adaptive q " + setup.quality();
    }

    private static String asked(double speedup) {
        return "speedup " + speedup;
    }

    private static VideoOptions withSpeedup(VideoOptions plain, double speedup) {
        return new VideoOptions(
                plain.prompt(),
                plain.negativePrompt(),
                plain.width(),
                plain.height(),
                plain.frames(),
                plain.seconds(),
                plain.fps(),
                plain.steps(),
                plain.guidance(),
                plain.flowShift(),
                plain.seed(),
                plain.quality(),
                OptionalDouble.of(speedup),
                plain.policy(),
                plain.schedule(),
                plain.profile(),
                plain.inputReference());
    }

    private void make(String policy, VideoOptions options, int round) throws IOException {
        long start = System.nanoTime();
        VideoRequest request = pipeline.resolve(options);
        GeneratedVideo video = pipeline.generate(request, PipelineListener.NONE).orElseThrow();
        double frames = (System.nanoTime() - start) * NANOS;
        start = System.nanoTime();
        encoder.encode(video.frames(), request.fps(), Map.of(), file);
        double encode = (System.nanoTime() - start) * NANOS;
        pipeline.encoded(encode);
        if (round >= 0) {
            runs.computeIfAbsent(policy, any -> new ArrayList<>()).add(new Run(frames, encode, video.report()));
        }
    }

    private Row row(String policy, List<Run> made, double large) {
        double seconds = median(policy, Run::seconds);
        return new Row(
                policy,
                made.get(made.size() - 1).report().trace().letters(),
                seconds,
                median(policy, Run::outsideShare),
                median(policy, run -> millisAStep(run, StepRecord::largeSeconds)),
                median(policy, run -> millisAStep(run, StepRecord::smallSeconds)),
                median(policy, run -> run.report().stageSeconds().getOrDefault("decode", 0.0)),
                median(policy, Run::encode),
                setup.speedups().stream()
                        .filter(speedup -> asked(speedup).equals(policy))
                        .findFirst()
                        .orElse(null),
                large / seconds,
                made.get(made.size() - 1)
                        .report()
                        .trace()
                        .fallback()
                        .map(fallback -> fallback.cause().name())
                        .orElse(""));
    }

    private static double millisAStep(Run run, ToDoubleFunction<StepRecord> seconds) {
        return 1000
                * run.report().trace().steps().stream()
                        .mapToDouble(seconds)
                        .filter(value -> value > 0)
                        .average()
                        .orElse(0);
    }

    private double median(String policy, ToDoubleFunction<Run> figure) {
        return Statistics.median(runs.getOrDefault(policy, List.of()).stream()
                .map(figure::applyAsDouble)
                .toList());
    }

    /** For people. */
    public static String text(Result result) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %d steps, median of %d rounds, %s%n",
                result.pair(),
                result.setup().steps(),
                result.setup().rounds(),
                result.environment()));
        return text.append(table(result).text()).append(refused(result)).toString();
    }

    /** The same table as Markdown. */
    public static String markdown(Result result) {
        String refused = refused(result);
        return table(result).markdown() + (refused.isEmpty() ? "" : System.lineSeparator() + refused);
    }

    private static String refused(Result result) {
        StringBuilder text = new StringBuilder();
        result.refused().forEach((speedup, answer) -> text.append(asked(speedup))
                .append(" refused: ")
                .append(answer)
                .append(System.lineSeparator()));
        return text.toString();
    }

    private static Table table(Result result) {
        Table table = new Table(
                "policy",
                "total s",
                "speedup",
                "asked",
                "off",
                "outside",
                "large ms",
                "small ms",
                "decode s",
                "encode s",
                "fell back",
                "schedule");
        for (Row row : result.rows()) {
            table.add(
                    row.policy(),
                    Table.number(3, row.seconds()),
                    Table.number(2, row.speedup()),
                    Table.number(2, row.asked()),
                    row.asked() == null
                            ? "-"
                            : String.format(Locale.ROOT, "%+.1f %%", 100 * (row.speedup() / row.asked() - 1)),
                    String.format(Locale.ROOT, "%.2f %%", 100 * row.outsideShare()),
                    Table.number(2, row.largeForwardMillis()),
                    Table.number(2, row.smallForwardMillis()),
                    Table.number(3, row.decodeSeconds()),
                    Table.number(3, row.encodeSeconds()),
                    row.fallback().isEmpty() ? "-" : row.fallback(),
                    row.letters());
        }
        return table;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
    }
}
