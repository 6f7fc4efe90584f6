package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.QualityScale;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Decision;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.Promise;
import io.flowblend.control.RequestControl;
import io.flowblend.control.StaticPolicy;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.PairSpec;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What decides the requests of one pair: what is known about it, the tuning profiles in force, and what its steps cost. */
final class PairPolicies {
    private final ModelPair pair;
    private final CachedEvidence known;
    private final Profiles profiles;
    private final WorkerTimes times;
    private final Policies policies = new Policies();

    PairPolicies(ModelPair pair, CachedEvidence known, Profiles profiles, WorkerTimes times) {
        this.pair = pair;
        this.known = known;
        this.profiles = profiles;
        this.times = times;
    }

    /** The policy of a request. */
    RequestControl control(VideoRequest request) {
        return control(request, policyRequest(request));
    }

    /** The same, from what is known already. */
    RequestControl control(VideoRequest request, PolicyRequest asked) {
        return request.replay().isEmpty()
                ? policies.create(asked)
                : policies.fixed(asked, StaticPolicy.of(request.replay()));
    }

    /** The adaptive policy as it would be if {@code calibration} were what is known, and decided. */
    RequestControl trial(VideoRequest request, Calibration calibration, double predicted) {
        return policies.trial(withKnowledge(request, PairState.ADAPTIVE, Optional.of(calibration)), predicted);
    }

    /** Letters of the sources that the adaptive policy may choose from with a calibration. */
    String mix(VideoRequest request, Calibration calibration) {
        return policies.mix(withKnowledge(request, PairState.ADAPTIVE, Optional.of(calibration)));
    }

    /** What becomes of a finished request's readings under a profile. */
    DecidedAgain decideAgain(VideoRequest request, Trace trace, TuningProfile profile) {
        PolicyRequest asked = withKnowledge(request, profile, known.state(request), known.calibration(request));
        Policies.Expected run = policies.replayed(asked, trace.readings());
        return new DecidedAgain(run.letters(), run.cost() / asked.steps(), run.promise(), run.predictedDeviation());
    }

    PolicyRequest policyRequest(VideoRequest request) {
        return withKnowledge(request, known.state(request), known.calibration(request));
    }

    private PolicyRequest withKnowledge(VideoRequest request, PairState state, Optional<Calibration> calibration) {
        return withKnowledge(request, profile(request.profile()), state, calibration);
    }

    private PolicyRequest withKnowledge(
            VideoRequest request, TuningProfile profile, PairState state, Optional<Calibration> calibration) {
        SigmaSchedule schedule = RequestSampling.schedule(pair, request);
        long turn = turn(request.seed());
        return new PolicyRequest(
                request.policy(),
                request.schedule(),
                schedule.sigmas(),
                goal(request),
                profile.limits(),
                new PolicyRequest.Knowledge(state, calibration, pair.fingerprint(), storedProfile()),
                costs(request),
                turn,
                Math.floorMod(turn, (long) profile.exploreEvery()) == 0,
                request.lowNoise()
                        .map(low -> schedule.firstBelow(new NoiseBoundary(low.boundary())))
                        .orElse(OptionalInt.empty()));
    }

    /** Spreads seeds that are near each other, so that the same request always explores, or never. */
    private static long turn(long seed) {
        long mixed = (seed + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 31);
    }

    private PolicyRequest.Goal goal(VideoRequest request) {
        return request.speedup().isPresent()
                ? PolicyRequest.Goal.ofCost(
                        Math.max(0, times.costFor(request.speedup().getAsDouble(), request.steps())))
                : PolicyRequest.Goal.ofQuality(request.quality());
    }

    /** The one that was found for the pair, or else the one that its description gives. */
    StoredProfile storedProfile() {
        return known.storedProfile()
                .orElseGet(() -> new StoredProfile(
                        pair.spec().storedProfile().early(),
                        pair.spec().storedProfile().late()));
    }

    private TuningProfile profile(String name) {
        return profiles.inForce()
                .find(name)
                .orElseThrow(() ->
                        new GenerationFailedException("profile_not_found", "The profile '" + name + "' is not there."));
    }

    /** What the moves of a request cost, by floating point operations. */
    MoveCosts costs(VideoRequest request) {
        LatentShape latents = pair.decoder().latentShape(request.frames(), request.height(), request.width());
        int tokens = pair.textEncoder().positions();
        double smallScale = pair.spec().sampling().smallScale(request.guidance());
        int largePasses = PairSpec.Sampling.passes(request.guidance());
        double small = pair.small().cost(latents, tokens).total() * PairSpec.Sampling.passes(smallScale);
        double large = pair.large().cost(latents, tokens).total() * largePasses;
        return new MoveCosts(small / large, 1.0 / largePasses);
    }

    List<PlannedQuality> plan(VideoRequest request, List<Double> qualities) {
        PolicyRequest asked = policyRequest(request);
        return qualities.stream()
                .map(quality -> planned(asked.withGoal(PolicyRequest.Goal.ofQuality(quality))))
                .toList();
    }

    private PlannedQuality planned(PolicyRequest request) {
        return planned(request, policies.expected(request));
    }

    private PlannedQuality planned(PolicyRequest request, Policies.Expected expected) {
        return new PlannedQuality(
                quality(request, expected.promise()),
                expected.letters(),
                expected.cost() / request.steps(),
                times.seconds(expected.cost()),
                expected.promise());
    }

    private static double quality(PolicyRequest request, Optional<Promise> promise) {
        boolean bySpeed = request.goal().mostCost() < Double.POSITIVE_INFINITY;
        return bySpeed
                ? promise.map(kept -> QualityScale.quality(kept.deviation())).orElse(0.0)
                : request.goal().quality();
    }

    /** What a quality, 0..1, comes to for a request that leaves all else to the pair and the active profile. */
    QualityPreview preview(double quality) {
        PolicyRequest asked = policyRequest(defaults(quality));
        Policies.Expected expected = policies.expected(asked);
        List<OptionalDouble> thresholds = new ArrayList<>();
        for (Decision decision : expected.decisions()) {
            thresholds.add(decision.comparison()
                    .map(compared -> OptionalDouble.of(compared.threshold()))
                    .orElse(OptionalDouble.empty()));
        }
        List<Double> sigmas =
                Arrays.stream(asked.sigmas(), 0, asked.steps()).boxed().toList();
        return new QualityPreview(planned(asked, expected), thresholds, sigmas);
    }

    Optional<Calibration> calibration() {
        return known.calibration(defaults(1));
    }

    private VideoRequest defaults(double quality) {
        PairSpec.Video video = pair.spec().video();
        PairSpec.Sampling sampling = pair.spec().sampling();
        return new VideoRequest(
                        pair.spec().id(),
                        "",
                        sampling.negativePrompt(),
                        video.width(),
                        video.height(),
                        video.frames(),
                        video.fps(),
                        sampling.steps(),
                        sampling.guidance(),
                        sampling.shift(pair.decoder().latentShape(video.frames(), video.height(), video.width())),
                        0,
                        quality,
                        OptionalDouble.empty(),
                        "adaptive",
                        "",
                        profiles.inForce().active().name(),
                        "")
                .withLowNoise(pair.spec()
                        .lowNoise()
                        .map(low -> new VideoRequest.LowNoise(
                                low.guidance().orElse(sampling.guidance()),
                                low.boundary().sigma())));
    }

    /** What a request at a speedup comes to; empty if the pair does not get that fast. A pair that is not known gets LARGE. */
    Optional<PlannedQuality> planForSpeedup(VideoRequest request) {
        PolicyRequest asked = policyRequest(request);
        PlannedQuality planned = planned(asked);
        boolean decides = policies.create(asked).fallsBack().isEmpty();
        double reached = times.speedup(planned.compute() * request.steps(), request.steps());
        double wanted = request.speedup().orElse(1);
        return decides && reached < wanted * 0.99 ? Optional.empty() : Optional.of(planned);
    }

    /** The largest speedup that a request can have. */
    double largestSpeedup(VideoRequest request) {
        PolicyRequest cheapest = policyRequest(request).withGoal(PolicyRequest.Goal.ofQuality(0));
        return times.speedup(policies.expected(cheapest).cost(), request.steps());
    }
}
