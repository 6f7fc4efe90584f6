package io.flowblend.evidence;

import io.flowblend.calibration.PairState;

/**
 * A change of a bucket's state, or of what the pair may promise, with its evidence.
 *
 * @param at when, seconds since 1970
 * @param bucket see {@link Conditions#bucket}
 * @param from state before
 * @param to state after; the same where only the promise changed
 * @param cause the rule that led to it
 * @param requests read in the bucket until then
 * @param twins measured for the pair until then
 * @param audits made for the pair until then
 * @param statistic what the rule looked at: the fewest readings in a bin, the drift statistic, or the share of promises kept
 * @param limit what it was compared with
 */
public record Transition(
        long at,
        String bucket,
        PairState from,
        PairState to,
        Cause cause,
        long requests,
        int twins,
        int audits,
        double statistic,
        double limit) {

    /** The rule behind a transition. */
    public enum Cause {
        /** The first readings came in. */
        FIRST_READINGS,
        /** Every sigma bin holds enough readings and the promise has support. */
        ENOUGH_EVIDENCE,
        /** The requests depart from the curve. */
        DRIFT_OF_READINGS,
        /** The true deviations depart from the predicted ones. */
        DRIFT_OF_AUDITS,
        /** Fewer promises were kept than the profile asks for: budgets are tightened. */
        PROMISE_TIGHTENED,
        /** Learning began anew after a drift. */
        RELEARNING,
        /** The models' weights are others: everything learned was set aside. */
        STALE_FINGERPRINT
    }
}
