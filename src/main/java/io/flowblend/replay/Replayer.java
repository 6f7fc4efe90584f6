package io.flowblend.replay;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.RequestControl;
import io.flowblend.evidence.Conditions;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import java.util.List;

/** A pair as those who learn about it see it: requests can be made in several ways, and no video comes of them. */
public interface Replayer {
    /** Id of the pair. */
    String pair();

    /** Tells its two velocity models from any others. */
    String fingerprint();

    /**
     * Fills in defaults and checks every value.
     *
     * @throws io.flowblend.request.InvalidRequestException naming the first field that cannot be done
     */
    VideoRequest resolve(VideoOptions options);

    /** Under what a request runs, as far as it can matter to what is learned. */
    Conditions conditions(VideoRequest request);

    /** The pair's stored LSL profile. */
    StoredProfile storedProfile();

    /**
     * Prepares to make a request by LARGE alone and by each branch; {@link Replay#advance} does it. Every source that the
     * pair can use under the request's conditions is tracked.
     *
     * @param request its policy, schedule and quality do not matter
     * @param probed whether SMALL runs at each step of LARGE alone
     */
    Replay replay(VideoRequest request, List<Branch> branches, boolean probed);

    /**
     * The adaptive policy as it would be if {@code calibration} decided, with a budget that is predicted to lead to a
     * deviation. Once the run has ended, {@link RequestControl#predictedDeviation} tells what it came to.
     */
    RequestControl trial(VideoRequest request, Calibration calibration, double predicted);

    /** Letters of the sources that the adaptive policy may choose from with a calibration, in alphabetical order. */
    String mix(VideoRequest request, Calibration calibration);
}
