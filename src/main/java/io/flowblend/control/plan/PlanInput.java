package io.flowblend.control.plan;

import io.flowblend.control.Move;
import io.flowblend.divergence.SigmaBins;
import java.util.List;
import java.util.Map;

/**
 * What a plan may choose from.
 *
 * @param errors what the calibration says about the run
 * @param costs of the moves that may be made, in units of a LARGE step; LARGE is among them
 * @param end step at which the tail begins, which LARGE makes
 * @param longestReuse steps in a row that may go by without a model, 0 and up
 * @param longestStretch steps after its anchor in which a source that runs a model may be used, 0 and up
 * @param maxDivergence predicted velocity divergence by sigma bin from which on no source that builds on a probe is chosen; may
 *     be infinite
 * @param uncertainty standard deviations between requests to add to each residual, 0 and up
 * @param budget summed error that the whole run may have, above 0; may be infinite
 */
public record PlanInput(
        StepErrors errors,
        Map<Move, Double> costs,
        int end,
        int longestReuse,
        int longestStretch,
        List<Double> maxDivergence,
        double uncertainty,
        double budget) {
    public PlanInput {
        costs = Map.copyOf(costs);
        if (!costs.containsKey(Move.LARGE)) {
            throw new IllegalArgumentException("LARGE may always be chosen");
        }
        if (!(budget > 0)) {
            throw new IllegalArgumentException("budget must be above 0, not " + budget);
        }
    }

    /** Predicted divergence from which on no source that builds on a probe is chosen at a step. */
    double ceiling(int step) {
        return maxDivergence.get(SigmaBins.indexOf(errors.sigma(step)));
    }
}
