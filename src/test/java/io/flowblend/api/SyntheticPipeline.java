package io.flowblend.api;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.QualityPreview;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * A pair without models: its frames are noise from the seed, its schedule is fixed. Words in the prompt steer it:
 * "hold" makes every step wait for {@link #permits}, "fall back", "fail" and "crash" do what they say.
 */
final class SyntheticPipeline implements VideoPipeline {
    static final int LONGEST_PROMPT = 4000;

    /** One for each step that a held video may make. */
    final Semaphore permits = new Semaphore(0);

    /** One for each step that a rehearsal may make. */
    final Semaphore rehearsed = new Semaphore(0);

    /** Told of each step of a warm-up before it is made. */
    volatile IntConsumer warming = step -> {};

    private final PairSpec spec;

    /** The one image that is taken: bytes that are no text. */
    static final byte[] FIRST_FRAME = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0, (byte) 0xff, (byte) 0xc3, '('};

    SyntheticPipeline(String id) {
        Path folder = Path.of("/synthetic");
        spec = new PairSpec(
                id,
                folder,
                folder,
                folder,
                folder,
                folder,
                32,
                new PairSpec.Sampling("unipc", 2, 3, 8, 4, ""),
                new PairSpec.Video(64, 64, 17, 16, 128 * 128, 33),
                new PairSpec.StoredProfile(0.4, 0.2),
                Optional.empty());
    }

    @Override
    public PairSpec spec() {
        return spec;
    }

    /** Promises half of what the quality leaves; a word is no quality here. */
    @Override
    public QualityPreview outlook(Optional<String> named) {
        String text = named.orElse("0.6");
        check("quality", text.matches("0(\\.\\d+)?|1(\\.0+)?"), "The quality has to be 0 to 1.");
        double quality = Double.parseDouble(text);
        return new QualityPreview(
                quality, OptionalDouble.of((1 - quality) / 2), Collections.nCopies(SigmaBins.COUNT, 1 - quality));
    }

    @Override
    public String fingerprint() {
        return "0123456789abcdef0123456789abcdef";
    }

    @Override
    public PairState state() {
        return PairState.ADAPTIVE;
    }

    @Override
    public VideoRequest resolve(VideoOptions options) {
        check("prompt", !options.prompt().isBlank(), "The prompt is empty.");
        check("prompt", options.prompt().length() <= LONGEST_PROMPT, "The prompt may have 4000 characters at most.");
        int width = options.width().orElse(64);
        int height = options.height().orElse(64);
        String size = options.width().isPresent() ? "width" : "height";
        check(size, possible(width) && possible(height), "A side has to be a multiple of 16 from 16 to 128.");
        int fps = options.fps().orElse(16);
        check("fps", fps >= 1 && fps <= 60, "fps has to be 1 to 60.");
        int frames = options.seconds().isPresent()
                ? (int) Math.round(options.seconds().getAsDouble() * fps)
                : options.frames().orElse(17);
        check("num_frames", frames % 4 == 1 && frames <= 33, "The number of frames has to be 4k+1, 1 to 33.");
        boolean whole = options.inputReference()
                .map(image -> Arrays.equals(image, FIRST_FRAME))
                .orElse(true);
        check("input_reference", whole, "The image is not the one that this pair takes.");
        int steps = options.steps().orElse(8);
        check("num_inference_steps", steps >= 1 && steps <= 1000, "The number of steps has to be 1 to 1000.");
        long seed = options.seed().orElse(7);
        check("seed", seed >= 0, "The seed has to be 0 or more.");
        return new VideoRequest(
                spec.id(),
                options.prompt(),
                options.negativePrompt().orElse(""),
                width,
                height,
                frames,
                fps,
                steps,
                options.guidance().orElse(4),
                options.flowShift().orElse(3),
                seed,
                quality(options),
                options.speedup(),
                options.policy().orElse("adaptive"),
                options.schedule().orElse(""),
                options.profile().orElse("balanced"),
                options.inputReference()
                        .map(image -> Base64.getEncoder().encodeToString(image))
                        .orElse(""));
    }

    @Override
    public void warmUp(PipelineListener listener) {
        for (int step = 0; step < 2; step++) {
            warming.accept(step);
            listener.onStep(step(step, 2), (step + 1) / 2.0);
        }
    }

    @Override
    public GeneratedVideo generate(VideoRequest request, PipelineListener listener) {
        List<StepRecord> steps = new ArrayList<>();
        for (int i = 0; i < request.steps(); i++) {
            if (request.prompt().contains("hold")) {
                awaitPermit();
            }
            StepRecord step = step(i, request.steps());
            steps.add(step);
            listener.onStep(step, (i + 1.0) / request.steps());
        }
        if (request.prompt().contains("fail")) {
            throw new GenerationFailedException(
                    "non_finite_output", "The large model gave a value that is not finite.", new ArithmeticException());
        }
        if (request.prompt().contains("crash")) {
            throw new IllegalStateException("io.flowblend at /secret/path");
        }
        Optional<Fallback> fallback = request.prompt().contains("fall back")
                ? Optional.of(new Fallback(Fallback.Cause.DRIFT, 3, Fallback.Target.STORED_PROFILE))
                : Optional.empty();
        byte[] rgb = new byte[request.frames() * request.height() * request.width() * 3];
        new Random(request.seed()).nextBytes(rgb);
        return new GeneratedVideo(
                new Frames(request.frames(), request.height(), request.width(), rgb), report(steps, fallback));
    }

    @Override
    public Rehearsal rehearse(VideoRequest request, List<String> schedules, boolean probed) {
        return new SyntheticRehearsal(rehearsed, schedules, probed);
    }

    @Override
    public Rehearsal rehearse(VideoRequest request, Calibration calibration, List<Double> qualities) {
        return new SyntheticRehearsal(
                rehearsed, qualities.stream().map(quality -> "SSSSSSSS").toList(), false);
    }

    @Override
    public void close() {}

    private static VideoReport report(List<StepRecord> steps, Optional<Fallback> fallback) {
        return new VideoReport(
                new Trace(steps, fallback),
                PairState.ADAPTIVE,
                OptionalDouble.of(0.4),
                OptionalDouble.of(0.35),
                Map.of("text_encode", 0.01, "large", 0.5, "small", 0.1, "probe", 0.1, "decode", 0.2),
                4e9,
                8e9,
                OptionalDouble.of(1.6),
                100L << 20);
    }

    /** L P S S S ... S L. */
    private static StepRecord step(int index, int count) {
        double sigma = 1 - (double) index / count;
        Step step = new Step(index, count, sigma, sigma - 1.0 / count);
        if (index == 0 || index == count - 1) {
            return new StepRecord(
                    step, Decision.large(Reason.HEAD), Optional.empty(), OptionalDouble.empty(), 0.05, 0, 1e9);
        }
        if (index == 1) {
            return new StepRecord(
                    step,
                    Decision.probe(Reason.PROBE_DUE).against(0.7),
                    Optional.of(new VelocityDivergence(0.2, 0.55, 3)),
                    OptionalDouble.empty(),
                    0.05,
                    0.01,
                    1.2e9);
        }
        return new StepRecord(
                step,
                Decision.small(Reason.BELOW_THRESHOLD).against(0.7),
                Optional.empty(),
                OptionalDouble.empty(),
                0,
                0.01,
                2e8);
    }

    private void awaitPermit() {
        try {
            if (!permits.tryAcquire(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a held video got no permit");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static boolean possible(int side) {
        return side >= 16 && side <= 128 && side % 16 == 0;
    }

    private static double quality(VideoOptions options) {
        return options.quality().map(Double::valueOf).orElse(0.7);
    }

    private static void check(String field, boolean holds, String message) {
        if (!holds) {
            throw new InvalidRequestException(field, message);
        }
    }
}
