package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import java.util.Optional;

/**
 * What decides how a request is switched.
 *
 * @param policy {@code adaptive}, {@code static}, {@code large} or {@code small}
 * @param schedule for {@code static}: see {@link StaticPolicy#of}; otherwise empty
 * @param sigmas noise levels of the run, steps + 1 of them, falling from at most 1 to at least 0
 * @param quality 0..1
 * @param profile the tuning profile in force
 * @param state how far the knowledge of the pair goes under this request's conditions
 * @param calibration what is known about the pair under them
 * @param fingerprint of the pair's models as loaded
 * @param stored the pair's stored LSL profile, for fallbacks and three-letter schedules
 * @param smallCost cost of a small step in units of a large one, 0..1
 */
public record PolicyRequest(
        String policy,
        String schedule,
        double[] sigmas,
        double quality,
        TuningProfile profile,
        PairState state,
        Optional<Calibration> calibration,
        String fingerprint,
        Calibration.StoredProfile stored,
        double smallCost) {
    public PolicyRequest {
        if (sigmas.length < 2) {
            throw new IllegalArgumentException("sigmas must hold at least 2 noise levels, not " + sigmas.length);
        }
        for (int i = 0; i < sigmas.length; i++) {
            boolean falls = i == 0 || sigmas[i] < sigmas[i - 1];
            if (!(sigmas[i] >= 0 && sigmas[i] <= 1 && falls)) {
                throw new IllegalArgumentException(
                        "sigmas must fall from at most 1 to at least 0, not reach " + sigmas[i]);
            }
        }
        if (!(quality >= 0 && quality <= 1)) {
            throw new IllegalArgumentException("quality must be in 0..1, not " + quality);
        }
        if (!(smallCost >= 0)) {
            throw new IllegalArgumentException("smallCost must be 0 or more, not " + smallCost);
        }
    }

    public int steps() {
        return sigmas.length - 1;
    }

    Step step(int index) {
        return new Step(index, steps(), sigmas[index], sigmas[index + 1]);
    }

    /** The same at another quality. */
    public PolicyRequest withQuality(double other) {
        return new PolicyRequest(
                policy, schedule, sigmas, other, profile, state, calibration, fingerprint, stored, smallCost);
    }
}
