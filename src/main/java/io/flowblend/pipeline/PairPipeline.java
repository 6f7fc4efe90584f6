package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Role;
import io.flowblend.control.StaticPolicy;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.request.RequestResolver;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.NonFiniteVelocityException;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tuning.Profiles;
import io.flowblend.video.Frames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A loaded pair behind the {@link VideoPipeline} contract: encode, sample, decode, report. */
final class PairPipeline implements OpenPipeline {
    private static final double NANOS = 1e-9;
    private static final int CACHED_PROMPTS = 64;
    /** Two steps of each model: what a first one still leaves to be made ready shows in the second. */
    private static final String WARM_UP = "LLSS";

    private final ModelPair pair;
    private final CachedEvidence known;
    private final Profiles profiles;
    private final FinishedVideos finished;
    private final PairPolicies policies;
    private final RequestResolver resolver;
    private final PromptCache prompts;
    private final StepTimes times = new StepTimes();
    private final FlowSampler sampler = new FlowSampler();
    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private boolean closed;

    /**
     * @param profiles asked anew for each request, which keeps what it was given
     * @param finished hears of every video
     */
    PairPipeline(ModelPair pair, EvidenceStore calibrations, Profiles profiles, FinishedVideos finished) {
        this.pair = pair;
        this.known = new CachedEvidence(calibrations, pair.spec().id(), pair.fingerprint());
        this.profiles = profiles;
        this.finished = finished;
        this.policies = new PairPolicies(pair, known, profiles, times);
        this.resolver = new RequestResolver(pair, profiles, policies::qualityForSpeedup);
        this.prompts = new PromptCache(pair.textEncoder(), CACHED_PROMPTS);
    }

    @Override
    public PairSpec spec() {
        return pair.spec();
    }

    @Override
    public String fingerprint() {
        return pair.fingerprint();
    }

    @Override
    public PairState state() {
        return known.state();
    }

    @Override
    public VideoRequest resolve(VideoOptions options) {
        return resolver.resolve(options);
    }

    @Override
    public QualityPreview outlook(Optional<String> quality) {
        return policies.outlook(resolver.quality(quality));
    }

    @Override
    public void warmUp(PipelineListener listener) {
        int steps = WARM_UP.length();
        VideoRequest request = resolve(
                VideoOptions.of(pair.textEncoder().example()).withSteps(steps).withSeed(0));
        open(request, opened -> {
            StaticPolicy policy = StaticPolicy.of(WARM_UP, steps, 1, 0);
            StepListener stepListener =
                    step -> listener.onStep(step, (step.step().index() + 1.0) / steps);
            try (Sampled sampled = sampler.sample(opened.fromNoise(), policy, stepListener)) {
                return opened.decode(sampled.latents());
            }
        });
    }

    @Override
    public GeneratedVideo generate(VideoRequest request, PipelineListener listener) {
        Run run = new Run(request, listener);
        GeneratedVideo video = alone(run::make);
        known.learn(
                run.readings(video.report().trace()),
                profiles.inForce().active().learning());
        finished.finished(this, request, video.report());
        return video;
    }

    @Override
    public Rehearsal rehearse(VideoRequest request, List<String> schedules, boolean probed) {
        int steps = request.steps();
        return rehearsal(
                request,
                schedules.stream()
                        .map(schedule -> (PairRehearsal.Act) new PairRehearsal.Scheduled(letters(schedule, steps)))
                        .toList(),
                probed);
    }

    @Override
    public Rehearsal rehearse(VideoRequest request, Calibration calibration, List<Double> qualities) {
        return rehearsal(
                request,
                qualities.stream()
                        .map(quality -> (PairRehearsal.Act) new PairRehearsal.Decided(
                                request.steps(), sampling -> policies.trial(request, sampling, calibration, quality)))
                        .toList(),
                false);
    }

    private Rehearsal rehearsal(VideoRequest request, List<PairRehearsal.Act> acts, boolean probed) {
        return new PairRehearsal(
                (giveWay, work) -> alone(() -> {
                    try (RequestSampling sampling = new RequestSampling(pair, prompts, request)) {
                        return work.test(sampling, () -> giveWay.getAsBoolean() || oneAtATime.hasQueuedThreads());
                    }
                }),
                acts,
                request.steps(),
                probed,
                policies.smallOverLarge(request));
    }

    /** L, S or R for each step. */
    private String letters(String schedule, int steps) {
        StaticPolicy policy = StaticPolicy.of(
                schedule,
                steps,
                spec().storedProfile().early(),
                spec().storedProfile().late());
        StringBuilder letters = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            letters.append(policy.role(step).letter());
        }
        return letters.toString();
    }

    /** Runs {@code work} in a scope of its own while nobody else uses the pair. */
    @SuppressWarnings("try") // the scope is there for what its closing frees
    private <T> T alone(Supplier<T> work) {
        oneAtATime.lock();
        try (TensorScope job = TensorScope.open()) {
            if (closed) {
                throw new IllegalStateException("the pair '" + spec().id() + "' is closed");
            }
            return work.get();
        } catch (NonFiniteVelocityException e) {
            throw new GenerationFailedException(
                    "non_finite_output", "The model gave a non-finite value; the video cannot be finished.", e);
        } catch (RuntimeException | OutOfMemoryError e) {
            GenerationFailedException.ofDevice(e).ifPresent(known -> {
                throw known;
            });
            throw e;
        } finally {
            oneAtATime.unlock();
        }
    }

    @Override
    public <T> T open(VideoRequest request, Function<OpenRequest, T> work) {
        return alone(() -> {
            try (RequestSampling sampling = new RequestSampling(pair, prompts, request)) {
                return work.apply(new Opened(request, sampling));
            }
        });
    }

    /** One request on its way; its native memory belongs to the job's scope. */
    private final class Run {
        private final VideoRequest request;
        private final PipelineListener listener;
        private double requestFactor = 1;
        private final PairState stateBefore = state();
        private final Map<String, Double> seconds = new LinkedHashMap<>();

        Run(VideoRequest request, PipelineListener listener) {
            this.request = request;
            this.listener = listener;
        }

        GeneratedVideo make() {
            long start = System.nanoTime();
            try (RequestSampling sampling = new RequestSampling(pair, prompts, request)) {
                seconds.put("text_encode", (System.nanoTime() - start) * NANOS);
                double largeStepFlops = sampling.largeStepFlops();
                RequestControl control = policies.control(request, sampling);
                try (Sampled sampled = sampler.sample(sampling.fromNoise(), control, progress(largeStepFlops))) {
                    times.learn(sampled.trace());
                    requestFactor = control.requestFactor();
                    addStages(sampled.trace());
                    Frames frames = decode(sampled.latents());
                    return new GeneratedVideo(frames, report(control, sampled, largeStepFlops * request.steps()));
                }
            }
        }

        /** The probes of the finished video. */
        RequestReadings readings(Trace trace) {
            List<Double> sigmas = Stream.concat(
                            trace.steps().stream().map(line -> line.step().sigma()),
                            trace.steps().stream()
                                    .skip(Math.max(0, trace.steps().size() - 1))
                                    .map(line -> line.step().nextSigma()))
                    .toList();
            List<RequestReadings.Probe> probes = trace.steps().stream()
                    .flatMap(line -> line.divergence().stream()
                            .filter(divergence -> divergence.isFinite())
                            .map(divergence ->
                                    new RequestReadings.Probe(line.step().sigma(), divergence)))
                    .toList();
            return new RequestReadings(
                    request.conditions(spec()),
                    requestFactor,
                    sigmas,
                    probes,
                    changes(trace),
                    Instant.now().getEpochSecond());
        }

        /** How LARGE's own velocity changed between the steps that it made, where that was measured. */
        private List<RequestReadings.Change> changes(Trace trace) {
            List<RequestReadings.Change> changes = new ArrayList<>();
            double from = 1;
            for (StepRecord line : trace.steps()) {
                double sigma = line.step().sigma();
                if (line.change().isPresent()) {
                    changes.add(new RequestReadings.Change(
                            from, sigma, line.change().getAsDouble()));
                }
                from = line.decision().role() == Role.LARGE ? sigma : from;
            }
            return changes;
        }

        /** Work done so far against all of it, were the rest LARGE: never too early at 1. */
        private StepListener progress(double largeStepFlops) {
            double[] done = new double[1];
            return step -> {
                done[0] += step.flops();
                int left = step.step().count() - 1 - step.step().index();
                listener.onStep(step, done[0] / (done[0] + left * largeStepFlops));
            };
        }

        private void addStages(Trace trace) {
            double large = 0;
            double small = 0;
            double probe = 0;
            for (StepRecord step : trace.steps()) {
                if (step.decision().probe()) {
                    probe += step.largeSeconds() + step.smallSeconds();
                } else {
                    large += step.largeSeconds();
                    small += step.smallSeconds();
                }
            }
            seconds.put("large", large);
            seconds.put("small", small);
            seconds.put("probe", probe);
        }

        private Frames decode(Tensor sampled) {
            long start = System.nanoTime();
            try {
                return PairPipeline.this.decode(request, sampled);
            } finally {
                seconds.put("decode", (System.nanoTime() - start) * NANOS);
            }
        }

        private VideoReport report(RequestControl control, Sampled sampled, double largeOnlyFlops) {
            Trace trace = sampled.trace();
            OptionalDouble large = times.largeSeconds(trace);
            return new VideoReport(
                    trace,
                    stateBefore,
                    control.promisedDeviation(),
                    control.predictedDeviation(),
                    seconds,
                    trace.steps().stream().mapToDouble(StepRecord::flops).sum(),
                    largeOnlyFlops,
                    large.isPresent()
                            ? OptionalDouble.of(large.getAsDouble() * request.steps() / sampled.seconds())
                            : OptionalDouble.empty(),
                    SystemMemory.peakResidentBytes());
        }
    }

    private final class Opened implements OpenRequest {
        private final VideoRequest request;
        private final RequestSampling sampling;

        Opened(VideoRequest request, RequestSampling sampling) {
            this.request = request;
            this.sampling = sampling;
        }

        @Override
        public SamplingSpec fromNoise() {
            return sampling.fromNoise();
        }

        @Override
        public RequestControl control(double quality) {
            return policies.control(request.withQuality(quality), sampling);
        }

        @Override
        public RequestControl controlBy(String profile) {
            return policies.controlBy(profile, request, sampling);
        }

        @Override
        public RequestControl controlOfModels(double quality) {
            return policies.controlOfModels(request.withQuality(quality), sampling);
        }

        @Override
        public double flowShift() {
            return request.flowShift();
        }

        @Override
        public Frames decode(Tensor latents) {
            return PairPipeline.this.decode(request, latents);
        }

        @Override
        public double largeStepFlops() {
            return sampling.largeStepFlops();
        }

        @Override
        public double smallStepFlops() {
            return sampling.smallStepFlops();
        }
    }

    @SuppressWarnings("try") // the scope is there for what its closing frees
    private Frames decode(VideoRequest request, Tensor latents) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor video = pair.decoder().decode(latents);
            Tensor pixels = video.mul_(new Scalar(255.0)).round_().to(ScalarType.Byte);
            Tensor interleaved = pixels.select(0, 0).permute(1, 2, 3, 0);
            return new Frames(request.frames(), request.height(), request.width(), TensorData.toBytes(interleaved));
        }
    }

    @Override
    public void close() {
        oneAtATime.lock();
        try {
            closed = true;
            prompts.close();
            pair.close();
        } finally {
            oneAtATime.unlock();
        }
    }
}
