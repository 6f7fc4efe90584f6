package io.flowblend.control;

import io.flowblend.divergence.SigmaBins;
import java.util.Collections;
import java.util.List;

/**
 * The limits that a tuning profile sets for the controller. Lengths are shares of the run, so that runs of 10, 20 and 60
 * steps behave alike.
 *
 * @param head share of the steps at the start that LARGE makes, 0..1, rounded up
 * @param tail share of the steps at the end that LARGE makes, 0..1, rounded down
 * @param longestReuse share of the steps that may go by without a model, 0..0.5; 0: every velocity is computed
 * @param longestStretch share of the steps that SMALL may go on for after a probe, 0..1; 0: SMALL never runs
 * @param maxDivergence relative L2 divergence by sigma bin from which on SMALL does not run, by nobody's plan; infinite for no
 *     ceiling
 * @param hysteresis factor on the threshold at leaving SMALL, 1..5; 1 leaves as soon as the plan would
 * @param uncertainty standard deviations between requests that are added to each predicted residual, 0..4; they fade as
 *     readings of this request come in
 * @param coverage share of the requests that a promise has to hold for, 0.5..0.999
 * @param learningProbes share of a request's steps that are probes while the pair is learned, 0..1
 * @param guidanceReuse whether LARGE may make its conditional pass alone
 * @param shadow decide and record, but run LARGE
 */
public record ControlLimits(
        double head,
        double tail,
        double longestReuse,
        double longestStretch,
        List<Double> maxDivergence,
        double hysteresis,
        double uncertainty,
        double coverage,
        double learningProbes,
        boolean guidanceReuse,
        boolean shadow) {
    /** No ceiling on the divergence, at any noise level. */
    public static final List<Double> NO_CEILING = Collections.nCopies(SigmaBins.COUNT, Double.POSITIVE_INFINITY);

    public ControlLimits {
        maxDivergence = List.copyOf(maxDivergence);
        if (maxDivergence.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException(
                    "maxDivergence must hold " + SigmaBins.COUNT + " sigma bins, not " + maxDivergence.size());
        }
    }

    /** Steps at the start of a run that LARGE makes; at least one. */
    public int headSteps(int steps) {
        return Math.min(steps, Math.max(1, (int) Math.ceil(head * steps - 1e-9)));
    }

    /** Steps at the end of a run that LARGE makes. */
    public int tailSteps(int steps) {
        return Schedule.wholeSteps(tail, steps);
    }

    /** Steps in a row that may go by without a model. */
    public int reuseSteps(int steps) {
        return longestReuse == 0 ? 0 : Math.max(1, Schedule.wholeSteps(longestReuse, steps));
    }

    /** Steps after a probe in which SMALL may run. */
    public int stretchSteps(int steps) {
        return longestStretch == 0 ? 0 : Math.max(1, Schedule.wholeSteps(longestStretch, steps));
    }
}
