package io.flowblend.pipeline;

import io.flowblend.calibration.Source;
import io.flowblend.control.ControlLimits;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.PairSpec;
import io.flowblend.model.Scene;
import io.flowblend.model.VelocityModel;
import io.flowblend.request.FirstFrame;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Solver;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.SeededNoise;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** How a pair samples one request, whoever asks: the same for a video and for a replay. Owns the guidance. */
final class RequestSampling implements AutoCloseable {
    /** Both guidance passes run in one forward while its activations take at most this share of the free memory. */
    private static final double BATCH_MEMORY_SHARE = 0.25;

    /**
     * How the steps of a run are computed, beyond what is asked for: its bytes depend on that, so it is fixed for the whole run.
     *
     * @param threads of an operation on the CPU
     * @param batched whether both guidance passes run in one forward
     */
    record Computing(int threads, boolean batched) {}

    private final ModelPair pair;
    private final VideoRequest request;
    private final LatentShape latents;
    private final VelocityModel large;
    private final Computing computing;
    private final Solver solver;
    private final SigmaSchedule schedule;
    private final Guidance guidance;
    private final Guidance smallGuidance;

    /** Encodes the prompts, unless {@code prompts} has them. */
    RequestSampling(ModelPair pair, PromptCache prompts, VideoRequest request) {
        this(pair, prompts, request, Optional.empty());
    }

    /** @param begun how the run was computed that goes on now; empty for a new one */
    RequestSampling(ModelPair pair, PromptCache prompts, VideoRequest request, Optional<Computing> begun) {
        this.pair = pair;
        this.request = request;
        this.latents = pair.decoder().latentShape(request.frames(), request.height(), request.width());
        NativeRuntime.useThreadsFor(
                pair.large().cost(latents, pair.textEncoder().positions()).total(),
                pair.large().parameters());
        begun.map(Computing::threads).ifPresent(NativeRuntime::useThreads);
        int givenFrames = request.firstFrame().isEmpty() ? 0 : 1;
        this.solver = Solver.of(pair.spec().sampling(), request.seed(), givenFrames);
        this.schedule = schedule(pair, request);
        List<RequestMemory> devices = RequestMemory.of(pair, latents);
        boolean batched = begun.map(Computing::batched)
                .orElseGet(() -> devices.stream().allMatch(memory -> memory.allows(2, BATCH_MEMORY_SHARE)));
        this.computing = new Computing(NativeRuntime.threads(), batched);
        this.large = pair.large(boundary(request));
        double small = pair.spec().sampling().smallScale(request.guidance());
        int passes = Math.max(PairSpec.Sampling.passes(request.guidance()), PairSpec.Sampling.passes(small));
        devices.forEach(memory -> memory.require(batched ? passes : 1));
        this.guidance = guidance(prompts, request.guidance(), batched);
        boolean alike = pair.spec().sampling().smallGuidance().isEmpty()
                || (request.lowNoise().isEmpty() && small == request.guidance());
        this.smallGuidance = alike ? guidance : scaled(prompts, small, batched);
    }

    private static Optional<NoiseBoundary> boundary(VideoRequest request) {
        return request.lowNoise().map(low -> new NoiseBoundary(low.boundary()));
    }

    /** At a scale, and at the other one below the boundary where there is one. */
    private Guidance guidance(PromptCache prompts, double scale, boolean batched) {
        Guidance above = scaled(prompts, scale, batched);
        return request.lowNoise()
                .filter(low -> low.guidance() != scale)
                .map(low -> above.below(new NoiseBoundary(low.boundary()), scaled(prompts, low.guidance(), batched)))
                .orElse(above);
    }

    private Guidance scaled(PromptCache prompts, double scale, boolean batched) {
        return Guidance.of(
                prompts.embeddings(request.prompt()),
                prompts.embeddings(request.negativePrompt()),
                new Guidance.Settings(scale, pair.spec().sampling().guidanceRescale(), batched),
                scene());
    }

    private Scene scene() {
        Scene even = Scene.of(
                latents,
                request.frames(),
                request.height(),
                request.fps().value(),
                request.firstFrame().isEmpty() ? 0 : 1);
        return pair.spec().video().causalTimes() ? even.causal(request.fps().value()) : even;
    }

    /** The levels of a request, without encoding anything. */
    static SigmaSchedule schedule(ModelPair pair, VideoRequest request) {
        return SigmaSchedule.of(pair.spec().sampling(), request.steps(), request.flowShift());
    }

    Computing computing() {
        return computing;
    }

    SigmaSchedule schedule() {
        return schedule;
    }

    /** The whole run, with the latents of a given first frame in place; its noise belongs to the calling thread's innermost scope. */
    SamplingSpec fromNoise() {
        Tensor start = pair.large().placement().exact().here(SeededNoise.tensor(request.seed(), latents.batched(1)));
        if (!request.firstFrame().isEmpty()) {
            start.narrow(2, 0, 1).copy_(firstLatents());
        }
        return SamplingSpec.fromNoise(large, pair.small(), guidance, schedule, solver, start)
                .withSmallGuidance(smallGuidance);
    }

    private Tensor firstLatents() {
        return pair.firstFrameEncoder()
                .orElseThrow(() -> new IllegalStateException("the pair takes no first frame"))
                .encode(FirstFrame.tensor(request.firstFrame()));
    }

    /** The sources, other than LARGE, that this request can use at all. */
    Set<Source> usable() {
        Set<Source> usable = EnumSet.copyOf(Source.CHEAP);
        boolean guided = guidance.passes() > 1;
        usable.removeIf(source -> source.anchor() == Source.Anchor.LARGE && !guided);
        return usable;
    }

    /** Those of them that a tuning profile lets the controller choose. */
    Set<Source> tracked(ControlLimits limits) {
        Set<Source> tracked = usable();
        tracked.removeIf(source -> source.anchor() == Source.Anchor.LARGE && !limits.guidanceReuse());
        return tracked;
    }

    @Override
    public void close() {
        guidance.close();
        if (smallGuidance != guidance) {
            smallGuidance.close();
        }
    }
}
