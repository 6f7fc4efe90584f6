package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Thresholds;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.RequestControl;
import io.flowblend.control.TuningProfile;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfiles;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What decides the requests of one pair: its knowledge, the tuning profiles in force, and what its steps cost. */
final class PairPolicies {
    private final ModelPair pair;
    private final CachedEvidence known;
    private final Profiles profiles;
    private final StepTimes times;

    PairPolicies(ModelPair pair, CachedEvidence known, Profiles profiles, StepTimes times) {
        this.pair = pair;
        this.known = known;
        this.profiles = profiles;
        this.times = times;
    }

    /** The policy of one request. */
    RequestControl control(VideoRequest request, RequestSampling sampling) {
        return control(request, sampling, profile(request.profile()));
    }

    /** The policy of a request that names a profile and no quality. */
    RequestControl controlBy(String name, VideoRequest request, RequestSampling sampling) {
        TuningProfile profile = profile(name);
        return control(request.withQuality(profile.defaultQuality()), sampling, profile);
    }

    /** The same without carrying velocities on. */
    RequestControl controlOfModels(VideoRequest request, RequestSampling sampling) {
        return control(request, sampling, profile(request.profile()).withoutReuse());
    }

    private RequestControl control(VideoRequest request, RequestSampling sampling, TuningProfile profile) {
        return Policies.create(policyRequest(
                request, sampling.schedule(), profile, sampling.smallStepFlops() / sampling.largeStepFlops()));
    }

    /** The adaptive policy as it would be if {@code calibration} were what is known, and decided. */
    RequestControl trial(VideoRequest request, RequestSampling sampling, Calibration calibration, double quality) {
        TuningProfile profile = profile(request.profile());
        return Policies.create(new PolicyRequest(
                "adaptive",
                "",
                sampling.schedule().sigmas(),
                quality,
                profile.shadow() ? TuningProfiles.packaged(Profiles.DEFAULT) : profile,
                PairState.ADAPTIVE,
                Optional.of(calibration),
                pair.fingerprint(),
                storedProfile(known.now()),
                sampling.smallStepFlops() / sampling.largeStepFlops()));
    }

    /** What a quality, 0..1, comes to for a request that leaves all else to the pair and the active profile. */
    QualityPreview outlook(double quality) {
        TuningProfile profile = profiles.inForce().active();
        VideoRequest request = defaults(quality, profile.name());
        SigmaSchedule schedule = RequestSampling.schedule(pair, request);
        double smallCost = smallOverLarge(request);
        PolicyRequest policy = policyRequest(request, schedule, profile, smallCost);
        OptionalDouble promise = Policies.create(policy).promisedDeviation();
        List<Double> thresholds = policy.calibration()
                .filter(calibration -> promise.isPresent())
                .map(calibration -> Thresholds.byBin(
                        new DeviationModel(calibration), schedule.sigmas(), quality, smallCost, profile.reuseLimit()))
                .orElse(List.of());
        return new QualityPreview(quality, promise, thresholds);
    }

    private VideoRequest defaults(double quality, String profile) {
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
                profile,
                "");
    }

    private PolicyRequest policyRequest(
            VideoRequest request, SigmaSchedule schedule, TuningProfile profile, double smallCost) {
        Conditions conditions = request.conditions(pair.spec());
        Optional<PairEvidence> now = known.now();
        return new PolicyRequest(
                request.policy(),
                request.schedule(),
                schedule.sigmas(),
                request.quality(),
                profile,
                now.map(about -> about.state(conditions)).orElse(PairState.COLD),
                now.map(about -> about.calibration(conditions)),
                pair.fingerprint(),
                storedProfile(now),
                smallCost);
    }

    /** The one that was found for the pair, or else the one that its description gives. */
    private Calibration.StoredProfile storedProfile(Optional<PairEvidence> about) {
        return about.flatMap(PairEvidence::storedProfile)
                .orElseGet(() -> new Calibration.StoredProfile(
                        pair.spec().storedProfile().early(),
                        pair.spec().storedProfile().late()));
    }

    private TuningProfile profile(String name) {
        return profiles.inForce()
                .find(name)
                .orElseThrow(() ->
                        new GenerationFailedException("profile_not_found", "The profile '" + name + "' is not there."));
    }

    /** The best quality within large-only time / {@code speedup}: by this worker's own times where it has any, by floating point operations until then. */
    OptionalDouble qualityForSpeedup(double speedup, VideoRequest request) {
        PolicyRequest policy = policyRequest(
                request,
                RequestSampling.schedule(pair, request),
                profile(request.profile()),
                times.smallOverLarge().orElseGet(() -> smallOverLarge(request)));
        double quality = Policies.qualityForSpeedup(policy, speedup);
        boolean reached = Policies.plannedCost(policy.withQuality(quality)) <= request.steps() / speedup;
        return reached ? OptionalDouble.of(quality) : OptionalDouble.empty();
    }

    /** Cost of a small step in units of a large one, by floating point operations. */
    double smallOverLarge(VideoRequest request) {
        LatentShape latents = pair.decoder().latentShape(request.frames(), request.height(), request.width());
        int tokens = pair.textEncoder().positions();
        return pair.small().cost(latents, tokens).total()
                / pair.large().cost(latents, tokens).total();
    }
}
