package io.flowblend.calibration;

import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.SigmaBins;
import java.util.List;

/**
 * Predicts how far a schedule ends from what LARGE alone makes.
 *
 * <p>A SMALL step from sigma to sigma' injects an error that reaches the result as
 *
 * <pre>  e = rho * sum over bins b of share(b) * width(b) * A(b) * r(b)</pre>
 *
 * <p>with r the curve's relative L2, A the sensitivity and rho the request's own factor. A step that carries LARGE's last
 * velocity on errs in the same way, with the change of LARGE's velocity since then for r, and an A and a rho of its own.
 * The errors of SMALL all point from one model to the other and add up; those of carrying on point wherever the velocity
 * happened to turn, and add up as independent ones do. The deviation saturates, because two unrelated videos are only so
 * far apart:
 *
 * <pre>  E = sum of e over the SMALL steps + sqrt(sum of e^2 over the REUSED steps),   D = E / (1 + E / C)</pre>
 *
 * <p>C is the calibration's {@code ceiling}. Measured on {@code digits} (80 prompts, UniPC, 40 steps): for SMALL a sum explains
 * 82 % of the variance over prompts and schedules, p-norms of 1.25 and 1.5 explain 73 and 55 %. For REUSED a sum predicts
 * schedules that use it in many places twice too high against those that use it in one; the square sum, 1.15 times.
 * Depends on the noise levels alone; how far a budget really reaches also on the step count ({@link Reach}).
 */
public final class DeviationModel {
    private static final double WORTHLESS = 0.95;

    private final Calibration calibration;
    private final double range;

    public DeviationModel(Calibration calibration) {
        this.calibration = calibration;
        this.range = Math.max(calibration.range(), deviation(error(1, 0)));
    }

    /** Error that a SMALL step adds for a request with factor 1; 0 and up. */
    public double error(double sigma, double nextSigma) {
        return SigmaBins.sum(
                sigma,
                nextSigma,
                (bin, share) -> share
                        * SigmaBins.width(bin)
                        * calibration.sensitivity().get(bin)
                        * calibration.curve().bins().get(bin).relativeL2().mean());
    }

    /** Error per unit of relative L2 divergence in this step, so that {@code error = weight * relativeL2}. */
    public double weight(double sigma, double nextSigma) {
        return weight(sigma, nextSigma, calibration.sensitivity());
    }

    private static double weight(double sigma, double nextSigma, List<Double> sensitivity) {
        return SigmaBins.sum(sigma, nextSigma, (bin, share) -> share * SigmaBins.width(bin) * sensitivity.get(bin));
    }

    /** How far LARGE's velocity is expected to turn from one noise level to a lower one, over its size; 0..1. */
    public double change(double sigma, double lowerSigma) {
        return Math.min(1, calibration.curve().change(sigma, lowerSigma));
    }

    /** Error per unit of that change for a step that carries an earlier velocity on. */
    public double reuseWeight(double sigma, double nextSigma) {
        return weight(sigma, nextSigma, calibration.reuseSensitivity());
    }

    /**
     * Error of a step that carries LARGE's velocity on, for a request whose velocity changes as usual.
     *
     * @param computedAt noise level at which the velocity was computed
     */
    public double reuseError(double computedAt, double sigma, double nextSigma) {
        return reuseWeight(sigma, nextSigma) * change(computedAt, sigma);
    }

    /** E of a schedule: the sum over the SMALL steps and the square sum over the REUSED ones. */
    public static double combined(double small, double reusedSquares) {
        return small + Math.sqrt(reusedSquares);
    }

    /** D for an error E. */
    public double deviation(double error) {
        return error / (1 + error / calibration.ceiling());
    }

    /** E that leads to a deviation; infinite from the ceiling on. */
    public double errorFor(double deviation) {
        return deviation >= calibration.ceiling()
                ? Double.POSITIVE_INFINITY
                : deviation / (1 - deviation / calibration.ceiling());
    }

    /**
     * Deviation that 95 % of the requests of a quality are promised to stay below: (1 - quality) of what SMALL alone makes;
     * at quality 0 what 95 % of the runs by SMALL alone stay below.
     *
     * @param quality 0..1
     * @param steps of the run
     */
    public double promise(double quality, int steps) {
        return quality <= 0 ? calibration.reach().of(range, steps) : (1 - quality) * range;
    }

    /**
     * Error that may be spent so that 95 % of the requests end within the promise, less where audits found that promises
     * did not hold.
     *
     * @param quality 0..1
     * @param steps of the run
     */
    public double errorBudget(double quality, int steps) {
        double budget = quality <= 0 ? range : calibration.reach().budgetFor(promise(quality, steps), steps);
        // A hair more, so that rounding does not keep SMALL alone from quality 0.
        return errorFor(budget / calibration.tightening()) * (1 + 1e-9);
    }

    /** Relative L2 that the curve expects at a noise level. */
    public double expected(double sigma) {
        return calibration.curve().relativeL2(sigma);
    }

    /** Standard deviation over mean of the relative L2 in the bin of a noise level. */
    public double spread(double sigma) {
        return bin(sigma).relativeL2().relativeSpread();
    }

    /** How far a ratio read at this noise level tells a request's factor, 0 = not at all. */
    public double response(double sigma) {
        return calibration.response().get(SigmaBins.indexOf(sigma));
    }

    /** How far a change read at this noise level tells how much the request errs by reuse, 0 = not at all. */
    public double reuseResponse(double sigma) {
        return calibration.reuseResponse().get(SigmaBins.indexOf(sigma));
    }

    /** Standard deviation over mean of the change in the bin of a noise level. */
    public double changeSpread(double sigma) {
        return bin(sigma).change().relativeSpread();
    }

    /** Requests that stand behind the change in the bin of a noise level. */
    public long changeSamples(double sigma) {
        return bin(sigma).change().count();
    }

    /**
     * Whether a velocity that is so far off is no better than none: standing still has a relative L2 of 1. Such a step is
     * never SMALL, whatever the quality.
     */
    public static boolean worthless(double relativeL2) {
        return relativeL2 >= WORTHLESS;
    }

    /** Readings that stand behind the curve in the bin of a noise level. */
    public long samples(double sigma) {
        return bin(sigma).relativeL2().count();
    }

    private DivergenceCurve.Bin bin(double sigma) {
        return calibration.curve().bins().get(SigmaBins.indexOf(sigma));
    }
}
