package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Move;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.VideoSteps;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.pair.PairWithLora;
import io.flowblend.replay.Branch;
import io.flowblend.replay.FinishedVideo;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.replay.Replay;
import io.flowblend.request.RequestResolver;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.NonFiniteVelocityException;
import io.flowblend.sampling.RunState;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import io.flowblend.video.Frames;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A loaded pair behind the {@link VideoPipeline} contract: encode, sample, decode, report. */
final class PairPipeline implements VideoPipeline, OpenPipeline {
    private static final double NANOS = 1e-9;
    private static final int CACHED_PROMPTS = 64;

    /** Two steps of each model: what a first one still leaves to be made ready shows in the second. */
    private static final String WARM_UP = "LLSS";

    private final ModelPair pair;
    private final EvidenceStore evidence;
    private final CachedEvidence known;
    private final Profiles profiles;
    private final FinishedVideos finished;
    private final PairPolicies policies;
    private final RequestResolver resolver;
    private final PromptCache prompts;
    private final String kind;
    private final WorkerTimes times = new WorkerTimes();
    /** The pair itself and its variants with LoRA files take turns. */
    private final Turns turns;

    private final boolean isVariant;
    private boolean closed;

    /** Who uses a pair, and whose models were last in memory beside its own. */
    private static final class Turns {
        private final ReentrantLock oneAtATime = new ReentrantLock(true);
        private Optional<ModelPair> variant = Optional.empty();
    }

    /**
     * @param profiles asked anew for each request, which keeps what it was given
     * @param finished hears of every video
     */
    PairPipeline(ModelPair pair, EvidenceStore evidence, Profiles profiles, FinishedVideos finished) {
        this(pair, evidence, profiles, finished, new Turns(), false);
    }

    private PairPipeline(
            ModelPair pair,
            EvidenceStore evidence,
            Profiles profiles,
            FinishedVideos finished,
            Turns turns,
            boolean isVariant) {
        this.pair = pair;
        this.isVariant = isVariant;
        this.evidence = evidence;
        this.turns = turns;
        this.known = new CachedEvidence(evidence, pair.spec().id(), pair.fingerprint(), this::conditions);
        this.profiles = profiles;
        this.finished = finished;
        this.policies = new PairPolicies(pair, known, profiles, times);
        this.resolver = new RequestResolver(pair, profiles, new Speedups(policies));
        this.kind = WorkerKind.of(pair);
        this.prompts = new PromptCache(pair.textEncoder(), CACHED_PROMPTS);
    }

    /**
     * The same pair with a LoRA file, loaded when it is first used; it has to be closed before this one.
     *
     * @throws io.flowblend.file.InvalidFileException naming the first tensor that does not fit
     */
    PairPipeline with(String id, Lora lora) {
        return new PairPipeline(PairWithLora.of(pair, id, lora), evidence, profiles, finished, turns, true);
    }

    /** Brings the models of a variant into memory, and frees those of the one before. */
    @SuppressWarnings("ReferenceEquality") // a pair is the same only as itself
    private void takeTurn() {
        if (isVariant && turns.variant.filter(last -> last == pair).isEmpty()) {
            turns.variant.ifPresent(PairPipeline::closeModels);
            turns.variant = Optional.of(pair);
            pair.large().makeReady();
            pair.small().makeReady();
        }
    }

    private static void closeModels(ModelPair variant) {
        variant.large().close();
        variant.small().close();
    }

    @Override
    public PairSpec spec() {
        return pair.spec();
    }

    @Override
    public Abilities abilities() {
        VideoSteps steps = pair.decoder().steps();
        return new Abilities(
                steps.side(),
                steps.frames(),
                pair.firstFrameEncoder().isPresent(),
                pair.textEncoder().vocabulary());
    }

    @Override
    public String pair() {
        return pair.spec().id();
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
    public Optional<Calibration> calibration() {
        return policies.calibration();
    }

    @Override
    public StoredProfile storedProfile() {
        return policies.storedProfile();
    }

    @Override
    public Conditions conditions(VideoRequest request) {
        return new Conditions(
                request.guidance(),
                request.steps(),
                spec().sampling().solver(),
                (long) request.width() * request.height(),
                request.frames(),
                !request.firstFrame().isEmpty(),
                request.lowNoise().map(low -> new Conditions.LowNoise(low.guidance(), low.boundary())));
    }

    @Override
    public VideoRequest resolve(VideoOptions options) {
        return resolver.resolve(options);
    }

    @Override
    public List<PlannedQuality> plan(VideoRequest request, List<Double> qualities) {
        return policies.plan(request, qualities);
    }

    @Override
    public DecidedAgain decideAgain(VideoRequest request, Trace trace, TuningProfile profile) {
        return policies.decideAgain(request, trace, profile);
    }

    @Override
    public QualityPreview preview(Optional<String> quality) {
        return policies.preview(resolver.quality(quality));
    }

    @Override
    public void warmUp(PipelineListener listener) {
        VideoRequest request = resolve(VideoOptions.of(pair.textEncoder().example())
                .withSteps(spec().sampling().fixedSteps().orElse(WARM_UP.length()))
                .withSeed(0));
        open(request, opened -> {
            Schedule schedule = Schedule.parse(WARM_UP + WARM_UP, request.steps(), new StoredProfile(1, 0));
            StaticPolicy policy = StaticPolicy.of(schedule, Reason.SCHEDULE);
            try (SamplingRun run = new SamplingRun(opened.fromNoise(), policy)) {
                boolean goesOn = true;
                while (goesOn && !run.done()) {
                    StepRecord line = run.step();
                    goesOn = listener.onStep(line, (line.step().index() + 1.0) / request.steps());
                }
                return goesOn ? Optional.of(opened.decode(run.latents())) : Optional.empty();
            }
        });
    }

    @Override
    public Optional<GeneratedVideo> generate(VideoRequest request, PipelineListener listener) {
        Optional<GeneratedVideo> made = alone(() -> new Run(request, listener).make());
        made.ifPresent(video -> {
            known.learn(readings(request, video.report().trace()), profiles.inForce());
            VideoReport report = video.report();
            finished.finished(
                    this, new FinishedVideo(request, report.trace(), report.promise(), report.predictedDeviation()));
        });
        return made;
    }

    @Override
    public void encoded(double seconds) {
        times.learnEncode(seconds);
    }

    @Override
    public Replay replay(VideoRequest request, List<Branch> branches, boolean probed) {
        return new Replay(
                (giveWay, work) -> open(
                        request,
                        opened -> work.sample(
                                opened.fromNoise(),
                                () -> giveWay.getAsBoolean() || turns.oneAtATime.hasQueuedThreads())),
                branches,
                probed,
                Replay.Ends.NONE);
    }

    @Override
    public RequestControl trial(VideoRequest request, Calibration calibration, double predicted) {
        return policies.trial(request, calibration, predicted);
    }

    @Override
    public String mix(VideoRequest request, Calibration calibration) {
        return policies.mix(request, calibration);
    }

    /** Runs {@code work} in a scope of its own while nobody else uses the pair. */
    @SuppressWarnings("try") // the scope is there for what its closing frees
    private <T> T alone(Supplier<T> work) {
        turns.oneAtATime.lock();
        try (TensorScope job = TensorScope.open()) {
            if (closed) {
                throw new IllegalStateException("the pair '" + spec().id() + "' is closed");
            }
            takeTurn();
            return work.get();
        } catch (NonFiniteVelocityException e) {
            throw new GenerationFailedException(
                    "non_finite_output", "The model gave a non-finite value; the video cannot be finished.", e);
        } catch (RuntimeException | OutOfMemoryError e) {
            GenerationFailedException.ofDevice(e).ifPresent(cause -> {
                throw cause;
            });
            throw e;
        } finally {
            turns.oneAtATime.unlock();
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

    /** What a finished run told about the pair. */
    private RequestReadings readings(VideoRequest request, Trace trace) {
        return RunEvidence.of(conditions(request), trace, Instant.now().getEpochSecond());
    }

    /** One request on its way; its native memory belongs to the job's scope. */
    private final class Run {
        private final VideoRequest request;
        private final PipelineListener listener;
        private final Map<String, Double> seconds = new LinkedHashMap<>();

        Run(VideoRequest request, PipelineListener listener) {
            this.request = request;
            this.listener = listener;
        }

        Optional<GeneratedVideo> make() {
            long start = System.nanoTime();
            Optional<RunCheckpoint> last = listener.checkpoints()
                    .last(in -> RunCheckpoint.read(
                            in, kind, pair.large().placement().exact()));
            Optional<RunCheckpoint.Head> begun = last.map(RunCheckpoint::head);
            PolicyRequest asked =
                    begun.map(RunCheckpoint.Head::control).orElseGet(() -> policies.policyRequest(request));
            try (RequestSampling sampling =
                    new RequestSampling(pair, prompts, request, begun.map(RunCheckpoint.Head::computing))) {
                double text = (System.nanoTime() - start) * NANOS;
                RequestControl control = policies.control(request, asked);
                RunCheckpoint.Head head = begun.orElseGet(() ->
                        new RunCheckpoint.Head(kind, asked, known.state(request), sampling.computing(), List.of(), 0));
                SamplingSpec spec = spec(sampling, asked, last);
                try (SamplingRun run = SamplingRun.resumed(spec, control, head.steps(), head.seconds())) {
                    if (!sampled(run, spec.flops(Move.LARGE), head)) {
                        return Optional.empty();
                    }
                    start = System.nanoTime();
                    Frames frames = decode(run.latents());
                    double decode = (System.nanoTime() - start) * NANOS;
                    times.learn(run.trace(), text, decode);
                    addStages(text, run.trace(), decode);
                    return Optional.of(new GeneratedVideo(frames, report(control, run, head, spec.largeFlops())));
                }
            }
        }

        private SamplingSpec spec(RequestSampling sampling, PolicyRequest asked, Optional<RunCheckpoint> last) {
            boolean anySource = request.schedule().contains("G");
            SamplingSpec spec =
                    sampling.fromNoise().tracking(anySource ? sampling.usable() : sampling.tracked(asked.limits()));
            return last.map(checkpoint -> spec.from(checkpoint.state())).orElse(spec);
        }

        /** Work done so far is told against all of it, were the rest LARGE: never too early at 1. */
        private boolean sampled(SamplingRun run, double largeFlops, RunCheckpoint.Head head) {
            if (!head.steps().isEmpty()) {
                listener.onResumed(head.steps());
            }
            double done = head.steps().stream().mapToDouble(StepRecord::flops).sum();
            boolean goesOn = true;
            while (goesOn && !run.done()) {
                StepRecord line = run.step();
                done += line.flops();
                int left = line.step().count() - 1 - line.step().index();
                goesOn = listener.onStep(line, done / (done + left * largeFlops));
                if (!run.done()) {
                    listener.checkpoints().offer(run.state().nextStep(), out -> RunCheckpoint.write(out, head, run));
                    double sigma = line.step().nextSigma();
                    listener.previews().offer(run.state().nextStep(), () -> preview(run.state(), sigma));
                }
            }
            return goesOn;
        }

        private void addStages(double text, Trace trace, double decode) {
            double large = 0;
            double small = 0;
            double probe = 0;
            for (StepRecord step : trace.steps()) {
                if (step.decision().move().probe()) {
                    probe += step.largeSeconds() + step.smallSeconds();
                } else {
                    large += step.largeSeconds();
                    small += step.smallSeconds();
                }
            }
            seconds.put("text_encode", text);
            seconds.put("large", large);
            seconds.put("small", small);
            seconds.put("probe", probe);
            seconds.put("decode", decode);
        }

        private VideoReport report(
                RequestControl control, SamplingRun run, RunCheckpoint.Head head, double largeFlops) {
            Trace trace = run.trace();
            OptionalDouble large = times.largeSeconds(trace);
            return new VideoReport(
                    trace,
                    head.stateBefore(),
                    control.promise(),
                    control.predictedDeviation(),
                    seconds,
                    trace.steps().stream().mapToDouble(StepRecord::flops).sum(),
                    largeFlops,
                    large.isPresent()
                            ? OptionalDouble.of(large.getAsDouble() * request.steps() / run.seconds())
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
            return sampling.fromNoise().tracking(sampling.usable());
        }

        @Override
        public RequestControl control(double quality, String profile) {
            return policies.control(request.withQuality(quality).withProfile(profile));
        }

        @Override
        public double flowShift() {
            return request.flowShift();
        }

        @Override
        public Frames decode(Tensor latents) {
            return PairPipeline.this.decode(latents);
        }
    }

    /** The middle frame of what a run predicts, decoded by itself. */
    @SuppressWarnings("try") // scope and guard are there for what their closing ends
    private Frames preview(RunState state, double sigma) {
        try (TensorScope scope = TensorScope.open();
                NoGradGuard inferenceOnly = new NoGradGuard()) {
            Tensor data = state.predictedData(sigma);
            return decode(data.narrow(2, data.size(2) / 2, 1).clone());
        }
    }

    @SuppressWarnings("try") // the scope is there for what its closing frees
    private Frames decode(Tensor latents) {
        try (latents;
                TensorScope scope = TensorScope.open()) {
            Tensor video = pair.decoder().decode(latents);
            if (!Double.isFinite(video.sum().item_double())) {
                throw new GenerationFailedException(
                        "non_finite_output", "The decoder gave a non-finite value; the video cannot be finished.");
            }
            Tensor pixels = video.mul_(new Scalar(255.0)).round_().to(ScalarType.Byte);
            Tensor interleaved = pixels.select(0, 0).permute(1, 2, 3, 0);
            return new Frames(
                    (int) interleaved.size(0),
                    (int) interleaved.size(1),
                    (int) interleaved.size(2),
                    TensorData.toBytes(interleaved));
        }
    }

    @Override
    public void close() {
        turns.oneAtATime.lock();
        try {
            closed = true;
            known.close();
            prompts.close();
            if (isVariant) {
                closeModels(pair);
            } else {
                pair.close();
            }
        } finally {
            turns.oneAtATime.unlock();
        }
    }
}
