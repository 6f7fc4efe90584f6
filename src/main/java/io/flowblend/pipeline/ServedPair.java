package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.model.PairSpec;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.TuningProfile;
import java.util.List;
import java.util.Optional;

/** A pair as those who answer for it see it: what it is, what is known about it, and what requests come to. */
public interface ServedPair {
    PairSpec spec();

    /** What can be asked of it. */
    Abilities abilities();

    /** Tells the two velocity models from any others, 32 hexadecimal digits; what is learned about a pair is bound to it. */
    String fingerprint();

    PairState state();

    /**
     * Fills in defaults and checks every value.
     *
     * @throws io.flowblend.request.InvalidRequestException naming the first field that cannot be done
     */
    VideoRequest resolve(VideoOptions options);

    /** What each of several qualities, 0..1, comes to for a request. */
    List<PlannedQuality> plan(VideoRequest request, List<Double> qualities);

    /**
     * Decides a finished video's steps again from its readings and what is known today, under a tuning profile; no model runs.
     *
     * @param trace of the whole video
     */
    DecidedAgain decideAgain(VideoRequest request, Trace trace, TuningProfile profile);

    /**
     * What a quality comes to for a request that leaves all else to the pair and the active profile.
     *
     * @param quality as a request names it, 0..1 or a word; the active tuning profile's if it is left out
     * @throws io.flowblend.request.InvalidRequestException if there is no such quality
     */
    QualityPreview preview(Optional<String> quality);

    /** What the controller decides from for a request that leaves all to the pair; empty if nothing is known. */
    Optional<Calibration> calibration();
}
