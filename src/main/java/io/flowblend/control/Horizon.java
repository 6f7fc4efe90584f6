package io.flowblend.control;

import io.flowblend.calibration.Allocation;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.RunSteps;

/**
 * The rest of a run as it looks before one step: which source is to advance each of the steps to come within what is left
 * of the budget, given how hard the request has proved to be, at a price that the typical request would pay.
 */
final class Horizon {
    private final DeviationModel model;
    private final double[] sigmas;
    private final int from;
    private final RunSteps steps;
    private final double left;
    private final Allocation allocation;

    /**
     * @param from first step that is not LARGE for certain
     * @param steps those from there on
     * @param left error budget that is left; may be infinite
     * @param mostPrice error per saved cost that a step may have at most; may be infinite
     */
    Horizon(DeviationModel model, double[] sigmas, int from, RunSteps steps, double left, double mostPrice) {
        this.model = model;
        this.sigmas = sigmas;
        this.from = from;
        this.steps = steps;
        this.left = left;
        this.allocation = Allocation.within(steps, left, mostPrice);
    }

    /** Error per saved cost up to which a step is not LARGE. */
    double price() {
        return allocation.price();
    }

    /** Relative L2 up to which SMALL may advance a step, at the price at which the budget is met. */
    double threshold(int step) {
        return price() * (1 - steps.smallCost()) / model.weight(sigmas[step], sigmas[step + 1]);
    }

    /** Change of the velocity up to which it may be carried on, instead of computed by the model of the stage. */
    double reuseThreshold(int step, boolean small, double budget) {
        double worth = price() * (small ? steps.smallCost() : 1) * budget;
        return Math.sqrt(worth) / model.reuseWeight(sigmas[step], sigmas[step + 1]);
    }

    /** Predicted relative L2 of a step, uncertainty added. */
    double predicted(int step) {
        return steps.predictedSmall(step - from) / model.weight(sigmas[step], sigmas[step + 1]);
    }

    /** Whether the last velocity is to be carried on. */
    boolean reuses(int step) {
        return step == from && steps.count() > 0 && allocation.source(0) == Allocation.Source.REUSED;
    }

    /** Whether what is left of the budget bears this step and those after it, all by SMALL. */
    boolean bears(int step, int count) {
        if (step < from || step + count > from + steps.count()) {
            return false;
        }
        double error = 0;
        for (int i = step - from; i < step - from + count; i++) {
            error += steps.predictedSmall(i);
        }
        return left > 0 && error <= left;
    }

    /**
     * First step that is to be SMALL with room and budget for a stage of {@code dwell} steps; past the end if there is none, or
     * if fewer steps than that are to be SMALL at all, which would not pay for the probe.
     */
    int entry(int dwell) {
        if (allocation.count(Allocation.Source.SMALL) < dwell) {
            return sigmas.length;
        }
        for (int i = 0; i < steps.count(); i++) {
            if (allocation.source(i) == Allocation.Source.SMALL && bears(from + i, dwell)) {
                return from + i;
            }
        }
        return sigmas.length;
    }
}
