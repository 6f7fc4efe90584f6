package io.flowblend.jobs;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.QualityPreview;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline whose frames are a gradient that moves with the seed. While it is held, every step waits for a permit, so
 * a test decides how far a video comes.
 */
final class SteppedPipeline implements VideoPipeline, PipelineCatalog {
    static final String PAIR = "digits";

    /** Prompts in the order in which they were begun. */
    final List<String> begun = new CopyOnWriteArrayList<>();

    /** Counts the steps that began to wait. */
    final Semaphore reached = new Semaphore(0);

    private final Semaphore permits = new Semaphore(0);
    private volatile boolean held;
    private volatile @Nullable RuntimeException failure;
    private volatile boolean served = true;

    /** From now on every step waits for {@link #letGo}. */
    void hold() {
        held = true;
    }

    /** Lets {@code steps} steps pass. */
    void letGo(int steps) {
        permits.release(steps);
    }

    /** No step waits any more. */
    void release() {
        held = false;
        permits.release(1_000_000);
    }

    void failWith(@Nullable RuntimeException thrown) {
        failure = thrown;
    }

    void unserve() {
        served = false;
    }

    /** Waits until {@code steps} more steps have begun to wait. */
    void awaitReached(int steps) throws InterruptedException {
        if (!reached.tryAcquire(steps, 30, TimeUnit.SECONDS)) {
            throw new AssertionError("the pipeline did not come to its next step");
        }
    }

    @Override
    public GeneratedVideo generate(VideoRequest request, PipelineListener listener) {
        begun.add(request.prompt());
        List<StepRecord> steps = new ArrayList<>();
        for (int i = 0; i < request.steps(); i++) {
            awaitPermit();
            RuntimeException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            StepRecord step = step(i, request.steps());
            steps.add(step);
            listener.onStep(step, (i + 1.0) / request.steps());
        }
        return new GeneratedVideo(frames(request), report(steps));
    }

    private void awaitPermit() {
        if (!held) {
            return;
        }
        reached.release();
        permits.acquireUninterruptibly();
    }

    static StepRecord step(int index, int count) {
        double sigma = 1 - (double) index / count;
        Step step = new Step(index, count, sigma, sigma - 1.0 / count);
        return switch (index % 3) {
            case 0 -> new StepRecord(
                    step, Decision.large(Reason.HEAD), Optional.empty(), OptionalDouble.empty(), 0.1, 0, 1e9);
            case 1 -> new StepRecord(
                    step,
                    Decision.probe(Reason.PROBE_DUE).against(0.3),
                    Optional.of(new VelocityDivergence(0.1 + 0.2, 1.0 / 3, Double.POSITIVE_INFINITY)),
                    OptionalDouble.empty(),
                    0.1,
                    0.01,
                    1.1e9);
            default -> new StepRecord(
                    step,
                    Decision.small(Reason.BELOW_THRESHOLD).against(0.3),
                    Optional.empty(),
                    OptionalDouble.empty(),
                    0,
                    0.01,
                    1e8);
        };
    }

    static VideoReport report(List<StepRecord> steps) {
        Fallback fallback = new Fallback(Fallback.Cause.DRIFT, 2, Fallback.Target.STORED_PROFILE);
        return new VideoReport(
                new Trace(steps, Optional.of(fallback)),
                PairState.ADAPTIVE,
                OptionalDouble.of(0.1),
                OptionalDouble.empty(),
                Map.of("text_encode", 0.01, "large", 0.5, "small", 0.1, "probe", 0.2, "decode", 0.3),
                1.23e12,
                4.56e12,
                OptionalDouble.of(2.0 / 3),
                123_456_789_012L);
    }

    private static Frames frames(VideoRequest request) {
        byte[] rgb = new byte[request.frames() * request.height() * request.width() * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7L + request.seed());
        }
        return new Frames(request.frames(), request.height(), request.width(), rgb);
    }

    static VideoRequest request(String prompt) {
        return new VideoRequest(
                PAIR,
                prompt,
                "",
                16,
                16,
                5,
                8,
                6,
                1.0,
                3.0,
                42L,
                0.7,
                OptionalDouble.empty(),
                "adaptive",
                "",
                "balanced",
                "");
    }

    @Override
    public Optional<VideoPipeline> find(String pair) {
        return served && pair.equals(PAIR) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public List<VideoPipeline> all() {
        return List.of(this);
    }

    @Override
    public List<Refusal> refused() {
        return List.of();
    }

    @Override
    public PairSpec spec() {
        Path none = Path.of("none");
        return new PairSpec(
                PAIR,
                none,
                none,
                none,
                none,
                none,
                16,
                new PairSpec.Sampling("euler", 1, 3, 6, 1, ""),
                new PairSpec.Video(16, 16, 5, 8, 256, 5),
                new PairSpec.StoredProfile(0.25, 0.25),
                Optional.empty());
    }

    @Override
    public QualityPreview outlook(Optional<String> quality) {
        return new QualityPreview(0.5, OptionalDouble.empty(), List.of());
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
        return request(options.prompt());
    }

    @Override
    public void warmUp(PipelineListener listener) {}

    @Override
    public Rehearsal rehearse(VideoRequest request, List<String> schedules, boolean probed) {
        throw new UnsupportedOperationException("nothing can be learned from a made-up pipeline");
    }

    @Override
    public Rehearsal rehearse(VideoRequest request, Calibration calibration, List<Double> qualities) {
        throw new UnsupportedOperationException("nothing can be learned from a made-up pipeline");
    }

    @Override
    public void close() {}
}
