package io.flowblend.cli;

import io.flowblend.control.Move;
import io.flowblend.control.Promise;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoMetadata;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.video.FrameRate;
import io.flowblend.video.VideoEncoder;
import io.flowblend.video.VideoEncoders;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From a prompt to a file. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Makes one video and writes it to a file: .mp4, .gif, or .png for all frames in one picture.")
final class GenerateCommand implements Callable<Integer> {
    @Option(names = "--prompt", required = true, description = "What the video shows.")
    private String prompt = "";

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "File to write.")
    private Path out = Path.of("");

    @Option(names = "--quality", description = "0..1, or draft, balanced, high, exact.")
    private @Nullable String quality;

    @Option(names = "--speedup", description = "1 or more: best quality within large-only time / speedup.")
    private @Nullable Double speedup;

    @Option(names = "--seed", description = "0 to 2^64 - 1; default, or -1: drawn.")
    private @Nullable BigInteger seed;

    @Option(
            names = "--steps",
            description = "Solver steps, 1..1000; a pair with listed timesteps has one number alone.")
    private @Nullable Integer steps;

    @Option(names = "--guidance", description = "Guidance scale, 1 (none) to 100.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-2",
            description = "Guidance scale of the expert for low noise (Wan 2.2); default: the pair's, or --guidance.")
    private @Nullable Double lowGuidance;

    @Option(names = "--boundary-ratio", description = "Noise level at which that expert takes over, 0..1.")
    private @Nullable Double boundary;

    @Option(names = "--flow-shift", description = "Shift of the sigma schedule, above 0.")
    private @Nullable Double flowShift;

    @Option(names = "--negative-prompt", description = "What the video shall not show.")
    private @Nullable String negativePrompt;

    @Option(names = "--size", paramLabel = "WxH", description = "Pixels, for example 64x64.")
    private @Nullable String size;

    @Option(names = "--frames", description = "Number of frames: 4k+1 for Wan, 8k+1 for LTX-Video.")
    private @Nullable Integer frames;

    @Option(names = "--fps", description = "Frames a second, a number or a fraction such as 24000/1001.")
    private @Nullable String fps;

    @Option(
            names = {"--first-frame", "--input-reference"},
            paramLabel = "FILE",
            description =
                    "PNG, JPEG, WebP or GIF that the video begins with, for pairs that take one; scaled and cut to its size.")
    private @Nullable Path firstFrame;

    @Option(names = "--policy", description = "adaptive (default), static, large or small.")
    private @Nullable String policy;

    @Option(names = "--schedule", description = "LSL, LSS, ..., eighths such as LLLSSSSL, or a letter a step.")
    private @Nullable String schedule;

    @Option(names = "--profile", description = "Tuning profile; default: balanced.")
    private @Nullable String profile;

    @Mixin
    private PairOptions pairs = new PairOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        VideoEncoder encoder = encoder();
        try (PairCatalog catalog = pairs.open()) {
            VideoPipeline pipeline = pairs.pipeline(catalog);
            VideoRequest request = pipeline.resolve(options());
            request.warnings().forEach(this::warn);
            GeneratedVideo video = generate(pipeline, request);
            encoder.encode(video.frames(), request.fps(), VideoMetadata.of(request, video.report()), out);
            summarise(request, video.report());
        }
        return 0;
    }

    /** Checks {@code --out} before the work begins. */
    private VideoEncoder encoder() {
        OutputFile.check("--out", out);
        try {
            return VideoEncoders.forFile(out);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("--out", "--out: " + e.getMessage() + ".");
        }
    }

    private VideoOptions options() throws IOException {
        OptionalInt width = OptionalInt.empty();
        OptionalInt height = OptionalInt.empty();
        if (size != null) {
            if (!size.matches("[0-9]{1,5}x[0-9]{1,5}")) {
                throw new InvalidRequestException("size", "size has to be WxH, for example 64x64, not '" + size + "'.");
            }
            String[] sides = size.split("x", 2);
            width = OptionalInt.of(Integer.parseInt(sides[0]));
            height = OptionalInt.of(Integer.parseInt(sides[1]));
        }
        return new VideoOptions(
                prompt,
                Optional.ofNullable(negativePrompt),
                width,
                height,
                optional(frames),
                OptionalDouble.empty(),
                fps == null ? Optional.empty() : Optional.of(rate(fps)),
                optional(steps),
                optional(guidance),
                optional(flowShift),
                seed(),
                Optional.ofNullable(quality),
                optional(speedup),
                Optional.ofNullable(policy),
                Optional.ofNullable(schedule),
                Optional.ofNullable(profile),
                firstFrame == null ? Optional.empty() : Optional.of(image(firstFrame)),
                optional(lowGuidance),
                optional(boundary));
    }

    private OptionalLong seed() {
        if (seed == null || seed.equals(BigInteger.ONE.negate())) {
            return OptionalLong.empty();
        }
        if (seed.signum() < 0 || seed.bitLength() > Long.SIZE) {
            throw new InvalidRequestException("seed", "seed has to be 0 to 2^64 - 1, or -1 (drawn), not " + seed + ".");
        }
        return OptionalLong.of(seed.longValue());
    }

    private static FrameRate rate(String text) {
        try {
            return FrameRate.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("fps", "fps: " + e.getMessage() + ".");
        }
    }

    private static byte[] image(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException("input_reference", "input_reference: there is no file " + file + ".");
        }
        return Files.readAllBytes(file);
    }

    /** The bar shows a letter for every step: L, S, or P for a probe. */
    private static GeneratedVideo generate(VideoPipeline pipeline, VideoRequest request) {
        StringBuilder letters = new StringBuilder();
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(request.pair())
                .setInitialMax(request.steps())
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .build()) {
            return pipeline.generate(request, (step, fractionDone) -> {
                        letters.append(step.decision().letter());
                        bar.step();
                        bar.setExtraMessage(letters.toString());
                        return true;
                    })
                    .orElseThrow(() -> new IllegalStateException("nobody ended the run"));
        }
    }

    private void warn(String warning) {
        PrintWriter print =
                Optional.ofNullable(spec).orElseThrow().commandLine().getErr();
        print.println("warning: " + warning);
        print.flush();
    }

    private void summarise(VideoRequest request, VideoReport report) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        PrintWriter print = spec.commandLine().getOut();
        print.printf("wrote      %s%n", out);
        print.printf(
                Locale.ROOT,
                "video      %d frames of %dx%d, %s a second, seed %s, quality %.2f%n",
                request.frames(),
                request.width(),
                request.height(),
                request.fps(),
                Long.toUnsignedString(request.seed()),
                request.quality());
        print.printf("schedule   %s%n", report.trace().letters());
        print.printf(
                "steps      %s%n",
                Move.ALL.stream()
                        .map(move -> move.letter() + " " + report.trace().count(move))
                        .collect(Collectors.joining(", ")));
        StringBuilder stages = new StringBuilder();
        report.stageSeconds()
                .forEach((stage, seconds) -> stages.append(String.format(Locale.ROOT, "  %s %.2f s", stage, seconds)));
        print.printf("time     %s%n", stages);
        print.printf("speedup    %s against LARGE alone%n", number(report.speedup(), "x"));
        print.printf(
                "deviation  predicted %s, promised %s%n",
                number(report.predictedDeviation(), ""),
                report.promise().map(GenerateCommand::promised).orElse("nothing"));
        print.printf(
                "fallback   %s%n",
                report.trace()
                        .fallback()
                        .map(f -> f.cause() + " at step " + f.step() + " to " + f.to())
                        .orElse("none"));
        print.flush();
    }

    private static String promised(Promise promise) {
        return String.format(
                Locale.ROOT,
                "%.3f for %.0f %% of requests%s",
                promise.deviation(),
                100 * promise.coverage(),
                promise.provisional() ? " (provisional)" : "");
    }

    private static String number(OptionalDouble value, String unit) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.2f%s", value.getAsDouble(), unit) : "not known";
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
