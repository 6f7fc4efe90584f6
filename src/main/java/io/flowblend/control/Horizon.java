package io.flowblend.control;

import io.flowblend.calibration.Allocation;
import io.flowblend.calibration.DeviationModel;
import java.util.ArrayList;
import java.util.List;

/**
 * The rest of a run as it looks before one step: which of the steps to come SMALL can make within what is left of the
 * budget, given how hard the request has proved to be, at a price that the typical request would pay.
 */
final class Horizon {
    private static final int SMALL = 1;

    private final DeviationModel model;
    private final double[] sigmas;
    private final int from;
    private final double[] upper;
    private final double left;
    private final double mostPrice;
    private final double savedBySmall;
    private final Allocation allocation;

    /**
     * @param from first step that may be SMALL
     * @param to step after the last one that may be SMALL
     * @param factor rho
     * @param doubt standard deviations of the curve to add to rho
     * @param left error budget that is left; may be infinite
     * @param mostPrice error per saved cost that a step may have at most; may be infinite
     * @param maxVariance relative spread above which the curve is not trusted
     */
    Horizon(
            DeviationModel model,
            double[] sigmas,
            int from,
            int to,
            double factor,
            double doubt,
            double left,
            double mostPrice,
            double maxVariance,
            double smallCost) {
        this.model = model;
        this.sigmas = sigmas;
        this.from = from;
        this.left = left;
        this.mostPrice = mostPrice;
        this.savedBySmall = 1 - smallCost;
        this.upper = new double[Math.max(0, to - from)];
        List<List<Allocation.Source>> steps = new ArrayList<>();
        for (int i = 0; i < upper.length; i++) {
            double sigma = sigmas[from + i];
            upper[i] = model.error(sigma, sigmas[from + i + 1]) * (factor + doubt * model.spread(sigma));
            boolean excluded = upper[i] > mostPrice * savedBySmall
                    || model.spread(sigma) > maxVariance
                    || DeviationModel.worthless(model.expected(sigma) * Math.max(1, factor));
            Allocation.Source large = new Allocation.Source(1, 0);
            steps.add(excluded ? List.of(large) : List.of(large, new Allocation.Source(smallCost, upper[i])));
        }
        this.allocation = Allocation.within(steps, left);
    }

    /** Error per saved cost up to which steps are SMALL. */
    double price() {
        return Math.min(mostPrice, allocation.price());
    }

    /** Relative L2 up to which SMALL may advance a step, at the price at which the budget is met. */
    double threshold(int step) {
        return price() * savedBySmall / model.weight(sigmas[step], sigmas[step + 1]);
    }

    /** Predicted relative L2 of a step, uncertainty added. */
    double predicted(int step) {
        return upper[step - from] / model.weight(sigmas[step], sigmas[step + 1]);
    }

    /** Whether what is left of the budget bears this step and those after it. */
    boolean bears(int step, int steps) {
        if (step < from || step + steps > from + upper.length) {
            return false;
        }
        double error = 0;
        for (int i = step - from; i < step - from + steps; i++) {
            error += upper[i];
        }
        return left > 0 && error <= left;
    }

    /** First step that is to be SMALL with room and budget for a stage of {@code dwell} steps; past the end if none. */
    int entry(int dwell) {
        for (int i = 0; i < upper.length; i++) {
            if (allocation.source(i) == SMALL && bears(from + i, dwell)) {
                return from + i;
            }
        }
        return sigmas.length;
    }
}
