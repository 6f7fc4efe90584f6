package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.List;

/**
 * What a quality means for a pair: the relative L2 divergence, by sigma bin, up to which SMALL may advance a step of a
 * typical request. Thresholds fall as the quality rises, in every bin.
 */
public final class Thresholds {
    private Thresholds() {}

    /**
     * One threshold for each of the {@link SigmaBins}, from sigma 0 to sigma 1.
     *
     * @param sigmas noise levels of the run, from 1 down to 0, steps + 1 of them
     * @param quality 0..1
     * @param smallCost cost of a small step in units of a large one, 0..1
     * @param mostReused steps in a row that may be REUSED, 0 for none
     */
    public static List<Double> byBin(
            DeviationModel model, double[] sigmas, double quality, double smallCost, int mostReused) {
        double price = plan(model, sigmas, quality, smallCost, mostReused).price();
        List<Double> thresholds = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            int step = stepIn(bin, sigmas);
            double weight = model.weight(sigmas[step], sigmas[step + 1]);
            thresholds.add(quality >= 1 ? 0 : price * (1 - smallCost) / weight);
        }
        return thresholds;
    }

    /** The cheapest sources for a typical request within a quality's budget. */
    public static Allocation plan(
            DeviationModel model, double[] sigmas, double quality, double smallCost, int mostReused) {
        RunSteps.Offer offer = new RunSteps.Offer(smallCost, Double.POSITIVE_INFINITY, true, mostReused);
        double budget = model.errorBudget(quality, sigmas.length - 1);
        RunSteps steps = new RunSteps(
                model,
                sigmas,
                0,
                sigmas.length - 1,
                RunSteps.Standing.TYPICAL,
                offer,
                RunSteps.Last.LARGE_JUST_NOW,
                budget);
        return Allocation.within(steps, budget, Double.POSITIVE_INFINITY);
    }

    private static int stepIn(int bin, double[] sigmas) {
        int last = sigmas.length - 2;
        for (int step = 0; step < last; step++) {
            if (SigmaBins.position(sigmas[step + 1]) < bin + 0.5) {
                return step;
            }
        }
        return last;
    }
}
