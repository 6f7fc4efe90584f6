package io.flowblend.evidence;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Source;
import java.util.Optional;

/**
 * A change of a bucket's state, with its evidence.
 *
 * @param at when, seconds since 1970
 * @param bucket see {@link Conditions#bucket}
 * @param from state before
 * @param to state after
 * @param cause the rule that led to it
 * @param source whose readings drifted, where that was the cause
 * @param requests read in the bucket until then
 * @param promiseSamples of the bucket until then
 * @param audits of the bucket until then
 * @param statistic what the rule looked at: the fewest readings in a bin, or the drift statistic
 * @param limit what it was compared with
 */
public record Transition(
        long at,
        String bucket,
        PairState from,
        PairState to,
        Cause cause,
        Optional<Source> source,
        long requests,
        int promiseSamples,
        int audits,
        double statistic,
        double limit) {

    /** The rule behind a transition. */
    public enum Cause {
        /** The first readings came in. */
        FIRST_READINGS,
        /** Every sigma bin holds enough readings and the promise has support. */
        ENOUGH_EVIDENCE,
        /** The residuals of a source depart from what was usual. */
        DRIFT_OF_READINGS,
        /** The true deviations depart from the predicted ones. */
        DRIFT_OF_AUDITS,
        /** Learning began anew after a drift. */
        RELEARNING,
        /** The models' weights are others: everything learned was set aside. */
        STALE_FINGERPRINT
    }
}
