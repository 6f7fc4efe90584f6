package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.RequestControl;
import io.flowblend.control.TuningProfile;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.NonFiniteVelocityException;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Solver;
import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A loaded pair behind the {@link VideoPipeline} contract: encode, sample, decode, report. */
final class PairPipeline implements OpenPipeline {
    private static final double NANOS = 1e-9;
    private static final int CACHED_PROMPTS = 64;

    /** Both guidance passes run in one forward while its activations take at most this share of the free memory. */
    private static final double BATCH_MEMORY_SHARE = 0.25;

    /** Activations of one forward, bytes for each latent position: a dozen float32 rows of Wan 14B's feed-forward. */
    private static final double BYTES_A_POSITION = 12 * 13824 * 4.0 / 4;

    private final ModelPair pair;
    private final Optional<Calibration> calibration;
    private final Map<String, TuningProfile> profiles;
    private final RequestResolver resolver;
    private final PromptCache prompts;
    private final StepTimes times = new StepTimes();
    private final FlowSampler sampler = new FlowSampler();
    private final ReentrantLock oneAtATime = new ReentrantLock(true);

    /**
     * @param profiles tuning profiles by name
     * @param defaultProfile name of the one for requests that name none
     */
    PairPipeline(
            ModelPair pair,
            Optional<Calibration> calibration,
            Map<String, TuningProfile> profiles,
            String defaultProfile) {
        this.pair = pair;
        this.calibration = calibration;
        this.profiles = profiles;
        this.resolver = new RequestResolver(pair, profiles, defaultProfile, this::qualityForSpeedup);
        this.prompts = new PromptCache(pair.textEncoder(), CACHED_PROMPTS);
    }

    @Override
    public PairSpec spec() {
        return pair.spec();
    }

    @Override
    public PairState state() {
        return calibration
                .map(c -> c.fits(pair.fingerprint()) ? PairState.ADAPTIVE : PairState.DRIFTED)
                .orElse(PairState.COLD);
    }

    @Override
    public VideoRequest resolve(VideoOptions options) {
        return resolver.resolve(options);
    }

    @Override
    public GeneratedVideo generate(VideoRequest request, PipelineListener listener) {
        oneAtATime.lock();
        try (TensorScope job = TensorScope.open()) {
            return new Run(request, listener).make();
        } catch (NonFiniteVelocityException e) {
            throw new GenerationFailedException(
                    "non_finite_output", "The model gave a non-finite value; the video cannot be finished.", e);
        } finally {
            oneAtATime.unlock();
        }
    }

    @Override
    public <T> T open(VideoRequest request, Function<OpenRequest, T> work) {
        oneAtATime.lock();
        try (TensorScope job = TensorScope.open()) {
            return new Run(request, PipelineListener.NONE).open(work);
        } catch (NonFiniteVelocityException e) {
            throw new GenerationFailedException(
                    "non_finite_output", "The model gave a non-finite value; the video cannot be finished.", e);
        } finally {
            oneAtATime.unlock();
        }
    }

    /** One request on its way; its native memory belongs to the job's scope. */
    private final class Run {
        private final VideoRequest request;
        private final PipelineListener listener;
        private final PairState stateBefore = state();
        private final LatentShape latents;
        private final Solver solver;
        private final SigmaSchedule schedule;
        private final Map<String, Double> seconds = new LinkedHashMap<>();

        Run(VideoRequest request, PipelineListener listener) {
            this.request = request;
            this.listener = listener;
            this.latents = pair.decoder().latentShape(request.frames(), request.height(), request.width());
            this.solver =
                    Solver.of(spec().sampling().solver(), spec().sampling().order());
            this.schedule = solver.schedule(request.steps(), request.flowShift());
        }

        GeneratedVideo make() {
            long start = System.nanoTime();
            try (Guidance guidance = guidance()) {
                seconds.put("text_encode", (System.nanoTime() - start) * NANOS);
                double largeStepFlops = guidance.cost(pair.large(), latents).total();
                double smallStepFlops = guidance.cost(pair.small(), latents).total();
                RequestControl control = Policies.create(
                        policyRequest(request, schedule, profile(request.profile()), smallStepFlops / largeStepFlops));
                Tensor noise = SeededNoise.tensor(request.seed(), latents.batched(1));
                SamplingSpec sampling =
                        SamplingSpec.fromNoise(pair.large(), pair.small(), guidance, schedule, solver, noise);
                try (Sampled sampled = sampler.sample(sampling, control, progress(largeStepFlops))) {
                    times.learn(sampled.trace());
                    addStages(sampled.trace());
                    Frames frames = decode(sampled.latents());
                    return new GeneratedVideo(frames, report(control, sampled, largeStepFlops * request.steps()));
                }
            }
        }

        <T> T open(Function<OpenRequest, T> work) {
            try (Guidance guidance = guidance()) {
                return work.apply(new Opened(this, guidance));
            }
        }

        private Guidance guidance() {
            boolean batched = BYTES_A_POSITION * latents.frames() * latents.height() * latents.width()
                    < BATCH_MEMORY_SHARE * NativeRuntime.availableBytes();
            return Guidance.of(
                    prompts.embeddings(request.prompt()),
                    prompts.embeddings(request.negativePrompt()),
                    request.guidance(),
                    batched);
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
            try (TensorScope scope = TensorScope.open()) {
                return frames(pair.decoder().decode(sampled));
            } finally {
                seconds.put("decode", (System.nanoTime() - start) * NANOS);
            }
        }

        /** @param video {@code [1, 3, F, H, W]} in 0..1 */
        private Frames frames(Tensor video) {
            Tensor interleaved = video.select(0, 0).permute(1, 2, 3, 0);
            Tensor pixels = interleaved.mul(new Scalar(255.0)).round_().to(ScalarType.Byte);
            return new Frames(request.frames(), request.height(), request.width(), TensorData.toBytes(pixels));
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
                    NativeRuntime.peakResidentBytes());
        }
    }

    private final class Opened implements OpenRequest {
        private final Run run;
        private final Guidance guidance;

        Opened(Run run, Guidance guidance) {
            this.run = run;
            this.guidance = guidance;
        }

        @Override
        public SamplingSpec fromNoise() {
            Tensor noise = SeededNoise.tensor(run.request.seed(), run.latents.batched(1));
            return SamplingSpec.fromNoise(pair.large(), pair.small(), guidance, run.schedule, run.solver, noise);
        }

        @Override
        public RequestControl control(double quality) {
            return Policies.create(policyRequest(
                    run.request.withQuality(quality),
                    run.schedule,
                    profile(run.request.profile()),
                    smallStepFlops() / largeStepFlops()));
        }

        @Override
        public Frames decode(Tensor latents) {
            return run.decode(latents);
        }

        @Override
        public double largeStepFlops() {
            return guidance.cost(pair.large(), run.latents).total();
        }

        @Override
        public double smallStepFlops() {
            return guidance.cost(pair.small(), run.latents).total();
        }
    }

    private PolicyRequest policyRequest(
            VideoRequest request, SigmaSchedule schedule, TuningProfile profile, double smallCost) {
        return new PolicyRequest(
                request.policy(),
                request.schedule(),
                schedule.sigmas(),
                request.quality(),
                profile,
                calibration,
                pair.fingerprint(),
                storedProfile(),
                smallCost);
    }

    /** The one that was found for the pair, or else the one that its description gives. */
    private Calibration.StoredProfile storedProfile() {
        return new Calibration.StoredProfile(
                spec().storedProfile().early(), spec().storedProfile().late());
    }

    private TuningProfile profile(String name) {
        TuningProfile profile = profiles.get(name);
        if (profile == null) {
            throw new GenerationFailedException("profile_not_found", "The profile '" + name + "' is not there.");
        }
        return profile;
    }

    /** By this worker's own times where it has any, by floating point operations until then. */
    private OptionalDouble qualityForSpeedup(double speedup, VideoRequest request) {
        LatentShape latents = pair.decoder().latentShape(request.frames(), request.height(), request.width());
        int tokens = pair.textEncoder().positions();
        double byFlops = pair.small().cost(latents, tokens).total()
                / pair.large().cost(latents, tokens).total();
        Solver solver = Solver.of(spec().sampling().solver(), spec().sampling().order());
        PolicyRequest policy = policyRequest(
                request,
                solver.schedule(request.steps(), request.flowShift()),
                profile(request.profile()),
                times.smallOverLarge().orElse(byFlops));
        double quality = Policies.qualityForSpeedup(policy, speedup);
        boolean reached = Policies.plannedCost(policy.withQuality(quality)) <= request.steps() / speedup;
        return reached ? OptionalDouble.of(quality) : OptionalDouble.empty();
    }

    @Override
    public void close() {
        oneAtATime.lock();
        try {
            prompts.close();
            pair.close();
        } finally {
            oneAtATime.unlock();
        }
    }
}
