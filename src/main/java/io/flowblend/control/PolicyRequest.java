package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.StoredProfile;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What decides how a request is switched.
 *
 * @param policy {@code adaptive}, {@code static}, {@code large} or {@code small}
 * @param schedule for {@code static}: see {@link Schedule#parse}; otherwise empty
 * @param sigmas noise levels of the run, steps + 1 of them, falling from at most 1 to at least 0
 * @param goal quality or speedup
 * @param limits of the tuning profile in force
 * @param knowledge what is known about the pair under this request's conditions
 * @param costs of the moves
 * @param turn any number that differs from request to request; it picks which steps are probed to learn
 * @param explores whether the request has to have a probe however sure the plan is
 * @param otherExpert the first step behind which another expert of the large model stands, if there is one
 */
public record PolicyRequest(
        String policy,
        String schedule,
        double[] sigmas,
        Goal goal,
        ControlLimits limits,
        Knowledge knowledge,
        MoveCosts costs,
        long turn,
        boolean explores,
        OptionalInt otherExpert) {
    /**
     * The knob.
     *
     * @param quality 0..1; 1 is LARGE alone
     * @param mostCost cost of the whole run that may not be exceeded, in LARGE steps, with {@code quality} 0; infinite for a
     *     quality
     */
    public record Goal(double quality, double mostCost) {
        public Goal {
            if (!(quality >= 0 && quality <= 1)) {
                throw new IllegalArgumentException("quality must be in 0..1, not " + quality);
            }
            if (!(mostCost >= 0)) {
                throw new IllegalArgumentException("mostCost must be 0 or more, not " + mostCost);
            }
        }

        public static Goal ofQuality(double quality) {
            return new Goal(quality, Double.POSITIVE_INFINITY);
        }

        /** The least deviation at this cost, in LARGE steps. */
        public static Goal ofCost(double mostCost) {
            return new Goal(0, mostCost);
        }

        boolean isCost() {
            return mostCost < Double.POSITIVE_INFINITY;
        }
    }

    /**
     * @param state how far the evidence goes under this request's conditions
     * @param calibration what was derived from it
     * @param fingerprint of the pair's models as loaded
     * @param stored the pair's stored LSL profile, for fallbacks and three-letter schedules
     */
    public record Knowledge(
            PairState state, Optional<Calibration> calibration, String fingerprint, StoredProfile stored) {}

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
    }

    /** With one large model throughout. */
    public PolicyRequest(
            String policy,
            String schedule,
            double[] sigmas,
            Goal goal,
            ControlLimits limits,
            Knowledge knowledge,
            MoveCosts costs,
            long turn,
            boolean explores) {
        this(policy, schedule, sigmas, goal, limits, knowledge, costs, turn, explores, OptionalInt.empty());
    }

    public int steps() {
        return sigmas.length - 1;
    }

    Step step(int index) {
        return new Step(index, steps(), sigmas[index], sigmas[index + 1]);
    }

    /** The same with another goal. */
    public PolicyRequest withGoal(Goal other) {
        return new PolicyRequest(
                policy, schedule, sigmas, other, limits, knowledge, costs, turn, explores, otherExpert);
    }
}
