package io.flowblend.control.rival;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;

/**
 * MagCache's rule (Ma et al. 2025, arXiv 2506.09045) on LARGE. The ratio of the sizes of two consecutive velocities,
 *
 * <pre>  gamma_k = mean|v_k| / mean|v_{k-1}|</pre>
 *
 * <p>hardly differs between prompts. Over a stretch of reused steps the ratios multiply to a, and each step adds
 * {@code |1 - a|} to the accumulated error; a velocity is reused while that stays below the threshold and at most K steps in
 * a row. The first {@value #RETAINED} of the steps are always computed.
 *
 * <p>Fitted to what is here: the paper takes the residual of the transformer's blocks, here it is the guided velocity. The
 * curve comes from runs of LARGE alone on prompts that nothing is judged by ({@link #ratios}).
 */
public final class MagCachePolicy implements SwitchPolicy {
    static final double RETAINED = 0.2;

    private final List<Double> ratios;
    private final double threshold;
    private final int mostInARow;
    private double product = 1;
    private double error;
    private int inARow;

    /**
     * @param ratios gamma of each step of the run, 1 at the first
     * @param threshold accumulated error below which a velocity is reused, above 0; larger: fewer forwards
     * @param mostInARow K, steps in a row that may be reused, 1 and up
     */
    public MagCachePolicy(List<Double> ratios, double threshold, int mostInARow) {
        if (!(threshold > 0)) {
            throw new IllegalArgumentException("threshold must be above 0, not " + threshold);
        }
        if (mostInARow < 1) {
            throw new IllegalArgumentException("most in a row must be 1 or more, not " + mostInARow);
        }
        this.ratios = List.copyOf(ratios);
        this.threshold = threshold;
        this.mostInARow = mostInARow;
    }

    /**
     * The curve of a set of runs: the mean over the runs at each step.
     *
     * @param sizes {@code mean|v_k|} of each step of runs by LARGE alone, all with as many steps; at least one run
     */
    public static List<Double> ratios(List<double[]> sizes) {
        List<Double> ratios = new ArrayList<>(List.of(1.0));
        for (int k = 1; k < sizes.get(0).length; k++) {
            int step = k;
            ratios.add(StatUtils.mean(
                    sizes.stream().mapToDouble(run -> run[step] / run[step - 1]).toArray()));
        }
        return ratios;
    }

    @Override
    public Decision decide(Step step) {
        if (step.count() != ratios.size()) {
            throw new IllegalArgumentException(
                    "the curve was fitted for " + ratios.size() + " steps, not " + step.count());
        }
        if (step.index() == 0 || step.index() < RETAINED * step.count()) {
            return Decision.large(Reason.HEAD);
        }
        product *= ratios.get(step.index());
        error += Math.abs(1 - product);
        Decision.Comparison comparison = new Decision.Comparison(Source.REUSED.letter(), error, threshold);
        if (comparison.allows() && inARow < mostInARow) {
            inARow++;
            return Decision.of(Move.of(Source.REUSED), Reason.SCHEDULE)
                    .predicting(1, 0)
                    .comparing(comparison);
        }
        product = 1;
        error = 0;
        inARow = 0;
        return Decision.large(Reason.SCHEDULE).comparing(comparison);
    }

    @Override
    public void observe(Reading reading) {
        // Its curve is fixed beforehand: nothing that a step shows changes it.
    }
}
