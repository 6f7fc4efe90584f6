package io.flowblend.api;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.Promise;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.evidence.Conditions;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.Abilities;
import io.flowblend.pipeline.DecidedAgain;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.PlannedQuality;
import io.flowblend.pipeline.QualityPreview;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.TuningProfile;
import io.flowblend.tuning.TuningProfiles;
import io.flowblend.video.FrameRate;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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

    /** One for each step that a replay may make. */
    final Semaphore replayed = new Semaphore(0);

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
    public QualityPreview preview(Optional<String> named) {
        double quality = quality(named.orElse("0.6"));
        return new QualityPreview(
                planned(quality), List.of(OptionalDouble.of(1 - quality), OptionalDouble.empty()), List.of(1.0, 0.5));
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
        int fps = (int) options.fps().orElse(FrameRate.of(16)).value();
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
                quality(options.quality().orElse("0.7")),
                options.speedup(),
                options.policy().orElse("adaptive"),
                options.schedule().orElse(""),
                options.profile().orElse("balanced"),
                options.inputReference()
                        .map(image -> Base64.getEncoder().encodeToString(image))
                        .orElse(""));
    }

    @Override
    public Abilities abilities() {
        return new Abilities(16, 4, true, List.of("red", "seven"));
    }

    @Override
    public void warmUp(PipelineListener listener) {
        for (int step = 0; step < 2; step++) {
            warming.accept(step);
            if (!listener.onStep(step(step, 2, Optional.empty()), (step + 1) / 2.0)) {
                return;
            }
        }
    }

    @Override
    public Optional<GeneratedVideo> generate(VideoRequest request, PipelineListener listener) {
        Optional<Fallback> fallback = request.prompt().contains("fall back")
                ? Optional.of(new Fallback(Fallback.Cause.DRIFT, 3, Fallback.Target.STORED_PROFILE))
                : Optional.empty();
        List<StepRecord> steps = new ArrayList<>();
        for (int i = 0; i < request.steps(); i++) {
            if (request.prompt().contains("hold")) {
                awaitPermit();
            }
            StepRecord step = step(i, request.steps(), fallback);
            steps.add(step);
            if (!listener.onStep(step, (i + 1.0) / request.steps())) {
                return Optional.empty();
            }
        }
        if (request.prompt().contains("fail")) {
            throw new GenerationFailedException(
                    "non_finite_output", "The large model gave a value that is not finite.", new ArithmeticException());
        }
        if (request.prompt().contains("crash")) {
            throw new IllegalStateException("io.flowblend at /secret/path");
        }
        byte[] rgb = new byte[request.frames() * request.height() * request.width() * 3];
        new Random(request.seed()).nextBytes(rgb);
        return Optional.of(new GeneratedVideo(
                new Frames(request.frames(), request.height(), request.width(), rgb), report(steps)));
    }

    @Override
    public Replay replay(VideoRequest request, List<Branch> branches, boolean probed) {
        return SyntheticReplay.of(request, branches, probed, replayed);
    }

    @Override
    public String pair() {
        return spec().id();
    }

    @Override
    public Conditions conditions(VideoRequest request) {
        return new Conditions(
                request.guidance(),
                request.steps(),
                spec().sampling().solver(),
                (long) request.width() * request.height(),
                request.frames(),
                false);
    }

    @Override
    public StoredProfile storedProfile() {
        return new StoredProfile(0.25, 0.25);
    }

    @Override
    public Optional<Calibration> calibration() {
        return Optional.empty();
    }

    @Override
    public List<PlannedQuality> plan(VideoRequest request, List<Double> qualities) {
        return qualities.stream().map(SyntheticPipeline::planned).toList();
    }

    /** Half the compute if every velocity is computed, less if any may be reused. */
    @Override
    public DecidedAgain decideAgain(VideoRequest request, Trace trace, TuningProfile profile) {
        return new DecidedAgain(
                trace.letters(),
                0.5 - profile.limits().longestReuse(),
                Optional.of(new Promise(0.4, profile.limits().coverage(), 64, false)),
                OptionalDouble.empty());
    }

    private static PlannedQuality planned(double quality) {
        return new PlannedQuality(
                quality,
                "LPSSSSSL",
                1 - quality / 2,
                OptionalDouble.of(2.5),
                Optional.of(new Promise((1 - quality) / 2, 0.95, 64, false)));
    }

    @Override
    public void encoded(double seconds) {}

    @Override
    public String mix(VideoRequest request, Calibration calibration) {
        return "RS";
    }

    @Override
    public RequestControl trial(VideoRequest request, Calibration calibration, double predicted) {
        double[] sigmas = new double[request.steps() + 1];
        Arrays.setAll(sigmas, step -> 1 - (double) step / request.steps());
        return new Policies()
                .trial(
                        new PolicyRequest(
                                "adaptive",
                                "",
                                sigmas,
                                PolicyRequest.Goal.ofQuality(0.5),
                                TuningProfiles.packaged("balanced").limits(),
                                new PolicyRequest.Knowledge(
                                        PairState.ADAPTIVE, Optional.of(calibration), fingerprint(), storedProfile()),
                                new MoveCosts(0.1, 1),
                                0,
                                false),
                        predicted);
    }

    @Override
    public void close() {}

    private static VideoReport report(List<StepRecord> steps) {
        return new VideoReport(
                new Trace(steps),
                PairState.ADAPTIVE,
                Optional.of(new Promise(0.4, 0.95, 64, false)),
                OptionalDouble.of(0.35),
                Map.of("text_encode", 0.01, "large", 0.5, "small", 0.1, "probe", 0.1, "decode", 0.2),
                4e9,
                8e9,
                OptionalDouble.of(1.6),
                100L << 20);
    }

    /** L P S S S ... S L. */
    private static StepRecord step(int index, int count, Optional<Fallback> fallback) {
        double sigma = 1 - (double) index / count;
        Step step = new Step(index, count, sigma, sigma - 1.0 / count);
        if (index == 0 || index == count - 1) {
            return new StepRecord(Reading.of(step, Decision.large(Reason.HEAD)), 0.05, 0, 1e9);
        }
        Decision.Comparison comparison = new Decision.Comparison('S', 0.3, 0.7);
        if (index == 1) {
            Reading reading = new Reading(
                    step,
                    Decision.probe(Reason.PROBE_PLANNED).comparing(comparison),
                    Optional.of(new VelocityDivergence(0.2, 0.55, 3)),
                    List.of(AnchorReading.plain(Source.SMALL, sigma, 0.55 * 0.55)),
                    Optional.empty());
            return new StepRecord(reading, 0.05, 0.01, 1.2e9);
        }
        Decision small = Decision.of(Move.of(Source.SMALL), Reason.PLAN)
                .predicting(0.9, 0)
                .comparing(comparison);
        Decision decision =
                fallback.filter(any -> index >= any.step()).map(small::under).orElse(small);
        return new StepRecord(Reading.of(step, decision), 0, 0.01, 2e8);
    }

    private void awaitPermit() {
        try {
            if (!permits.tryAcquire(5, TimeUnit.MINUTES)) {
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

    private static double quality(String text) {
        check("quality", text.matches("0(\\.\\d+)?|1(\\.0+)?"), "The quality has to be 0 to 1.");
        return Double.parseDouble(text);
    }

    private static void check(String field, boolean holds, String message) {
        if (!holds) {
            throw new InvalidRequestException(field, message);
        }
    }
}
