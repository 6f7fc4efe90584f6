package io.flowblend.calibration;

/**
 * What each source of velocity would cost one request on each of the next steps of its run, as far as is known now:
 * predictions times the request's factors, doubts added.
 *
 * <p>The errors of REUSED steps are square-summed ({@link DeviationModel}); an allocation adds. Each counts with its square
 * over the whole budget, so that those that use the budget up alone add up to it.
 */
public final class RunSteps implements Allocation.Steps {
    private final double smallCost;
    private final double[] small;
    private final double[] plainSmall;
    private final double[][] reused;
    private final int lag;
    private final boolean afterSmall;

    /**
     * How one request stands to the typical one.
     *
     * @param factor rho: how much harder it is for SMALL
     * @param doubt standard deviations of the curve to add to it
     * @param reuseFactor how much more its velocity changes
     * @param reuseDoubt standard deviations of the change to add to it
     */
    public record Standing(double factor, double doubt, double reuseFactor, double reuseDoubt) {
        /** Nothing is known of the request, and no doubt is added. */
        public static final Standing TYPICAL = new Standing(1, 0, 1, 0);
    }

    /**
     * Where the velocity came from that would be carried on.
     *
     * @param lag steps since a model ran, 1 and up
     * @param afterSmall whether that was SMALL
     */
    public record Last(int lag, boolean afterSmall) {
        public static final Last LARGE_JUST_NOW = new Last(1, false);
    }

    /**
     * Limits that do not depend on the request.
     *
     * @param smallCost cost of a small step in units of a large one
     * @param maxVariance relative spread of the curve above which SMALL is not offered; may be infinite
     * @param small whether SMALL is offered at all
     * @param mostReused steps in a row that may carry a velocity on; 0 for none
     */
    public record Offer(double smallCost, double maxVariance, boolean small, int mostReused) {}

    /**
     * @param sigmas noise levels of the whole run, steps + 1 of them
     * @param from first step
     * @param to step after the last one
     * @param budget summed error that the whole run may have, above 0; may be infinite if nothing is REUSED
     */
    public RunSteps(
            DeviationModel model,
            double[] sigmas,
            int from,
            int to,
            Standing standing,
            Offer offer,
            Last last,
            double budget) {
        int count = Math.max(0, to - from);
        this.smallCost = offer.smallCost();
        this.small = new double[count];
        this.plainSmall = new double[count];
        this.reused = new double[count][offer.mostReused() + 1];
        this.lag = last.lag();
        this.afterSmall = last.afterSmall();
        for (int i = 0; i < count; i++) {
            double sigma = sigmas[from + i];
            double next = sigmas[from + i + 1];
            plainSmall[i] = model.error(sigma, next) * (standing.factor() + standing.doubt() * model.spread(sigma));
            boolean offered = offer.small()
                    && model.spread(sigma) <= offer.maxVariance()
                    && !DeviationModel.worthless(model.expected(sigma) * Math.max(1, standing.factor()));
            small[i] = offered ? plainSmall[i] : Double.POSITIVE_INFINITY;
            double weight = model.reuseWeight(sigma, next);
            double harder = standing.reuseFactor() + standing.reuseDoubt() * model.changeSpread(sigma);
            for (int back = 1; back <= offer.mostReused(); back++) {
                reused[i][back] = from + i - back < 0
                        ? Double.POSITIVE_INFINITY
                        : square(weight * Math.min(1, harder * model.change(sigmas[from + i - back], sigma))) / budget;
            }
        }
    }

    private static double square(double value) {
        return value * value;
    }

    @Override
    public int count() {
        return small.length;
    }

    @Override
    public double small(int step) {
        return small[step];
    }

    /** What SMALL would err there even where it is not offered. */
    public double predictedSmall(int step) {
        return plainSmall[step];
    }

    @Override
    public double reused(int step, int stepsBack, boolean bySmall) {
        return reused[step][stepsBack] + (bySmall ? plainSmall[step] : 0);
    }

    @Override
    public double smallCost() {
        return smallCost;
    }

    @Override
    public int mostReused() {
        return small.length == 0 ? 0 : reused[0].length - 1;
    }

    @Override
    public int lag() {
        return lag;
    }

    @Override
    public boolean afterSmall() {
        return afterSmall;
    }
}
