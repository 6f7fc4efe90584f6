package io.flowblend.jobs;

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
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.Abilities;
import io.flowblend.pipeline.DecidedAgain;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.PlannedQuality;
import io.flowblend.pipeline.QualityPreview;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.TuningProfile;
import io.flowblend.tuning.TuningProfiles;
import io.flowblend.video.Frames;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    static final String PAIR = BuiltInPair.ID;

    private static final Fallback FALLBACK = new Fallback(Fallback.Cause.DRIFT, 2, Fallback.Target.STORED_PROFILE);

    /** Prompts in the order in which they were begun. */
    final List<String> begun = new CopyOnWriteArrayList<>();

    /** Counts the steps that began to wait. */
    final Semaphore reached = new Semaphore(0);

    private final Semaphore permits = new Semaphore(0);
    private volatile boolean held;
    private volatile @Nullable RuntimeException failure;
    private volatile boolean served = true;
    private final String fingerprint;

    SteppedPipeline() {
        this("0123456789abcdef0123456789abcdef");
    }

    /** The same with other models. */
    SteppedPipeline(String fingerprint) {
        this.fingerprint = fingerprint;
    }

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
    public Optional<GeneratedVideo> generate(VideoRequest request, PipelineListener listener) {
        begun.add(request.prompt());
        List<StepRecord> steps = new ArrayList<>();
        int first = listener.checkpoints()
                .last(in -> new DataInputStream(in).readInt())
                .orElse(0);
        for (int i = 0; i < first; i++) {
            steps.add(step(i, request.steps()));
        }
        if (first > 0) {
            listener.onResumed(List.copyOf(steps));
        }
        for (int i = first; i < request.steps(); i++) {
            awaitPermit();
            RuntimeException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            StepRecord step = step(i, request.steps());
            steps.add(step);
            boolean goesOn = listener.onStep(step, (i + 1.0) / request.steps());
            int next = i + 1;
            if (next < request.steps()) {
                listener.checkpoints().offer(next, out -> new DataOutputStream(out).writeInt(next));
            }
            if (!goesOn) {
                return Optional.empty();
            }
        }
        return Optional.of(new GeneratedVideo(frames(request), report(steps)));
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
                    Reading.of(step, Decision.large(Reason.HEAD).under(FALLBACK)), 0.1, 0, 1e9);
            case 1 -> new StepRecord(
                    new Reading(
                            step,
                            Decision.probe(Reason.PROBE_PLANNED)
                                    .comparing(new Decision.Comparison('S', 0.2, Double.POSITIVE_INFINITY)),
                            Optional.of(new VelocityDivergence(0.1 + 0.2, 1.0 / 3, Double.POSITIVE_INFINITY)),
                            List.of(AnchorReading.plain(Source.SMALL, sigma, 1.0 / 9)),
                            Optional.empty()),
                    0.1,
                    0.01,
                    1.1e9);
            default -> new StepRecord(
                    Reading.of(
                            step,
                            Decision.of(Move.of(Source.SMALL), Reason.PLAN)
                                    .predicting(0.9, 0.1)
                                    .comparing(new Decision.Comparison('S', 0.2, 0.3))),
                    0,
                    0.01,
                    1e8);
        };
    }

    static VideoReport report(List<StepRecord> steps) {
        return new VideoReport(
                new Trace(steps),
                PairState.ADAPTIVE,
                Optional.of(new Promise(0.1, 0.95, 64, false)),
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
    public Abilities abilities() {
        return new Abilities(16, 4, false, List.of());
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
    public QualityPreview preview(Optional<String> quality) {
        return new QualityPreview(planned(0.5), List.of(), List.of());
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
    public DecidedAgain decideAgain(VideoRequest request, Trace trace, TuningProfile profile) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PlannedQuality> plan(VideoRequest request, List<Double> qualities) {
        return qualities.stream().map(SteppedPipeline::planned).toList();
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
    public String fingerprint() {
        return fingerprint;
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
    public Replay replay(VideoRequest request, List<Branch> branches, boolean probed) {
        throw new UnsupportedOperationException("nothing can be learned from a made-up pipeline");
    }

    @Override
    public void close() {}
}
