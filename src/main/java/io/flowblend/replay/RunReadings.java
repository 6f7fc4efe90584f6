package io.flowblend.replay;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the unknown parts w of the tracked sources were along a run that LARGE made alone, as inner products of all steps
 * with each other. From these follows what a source would have predicted from any step as its anchor.
 */
public final class RunReadings {
    private final double[] sigmas;
    private final Map<Source, double[][]> products;
    private final double[] velocitySquares;

    /**
     * @param sigmas noise level of each step
     * @param products of each source: {@code [k][j]} is {@code w_k.w_j}; NaN where w was not known at a step
     * @param velocitySquares {@code |v_L(k)|^2} of each step
     */
    public RunReadings(double[] sigmas, Map<Source, double[][]> products, double[] velocitySquares) {
        this.sigmas = sigmas.clone();
        this.products = Map.copyOf(products);
        this.velocitySquares = velocitySquares.clone();
    }

    /** Noise level of each step, a copy. */
    public double[] sigmas() {
        return sigmas.clone();
    }

    /** The sources that were tracked. */
    public Set<Source> sources() {
        return products.keySet();
    }

    /** What a step reads of a source without an anchor. */
    public AnchorReading plain(Source source, int step) {
        return AnchorReading.plain(source, sigmas[step], tracked(source)[step][step] / velocitySquares[step]);
    }

    /**
     * What a step reads of a source, with any step before it as the anchor.
     *
     * @param source one that was tracked
     * @param step that reads
     * @param anchor before it
     * @param before the step before the anchor that gives its slope; -1 for none
     * @return finite only if w was known at all of these steps
     */
    public AnchorReading reading(Source source, int step, int anchor, int before) {
        return reading(source, sigmas, tracked(source), velocitySquares[step], step, anchor, before);
    }

    private double[][] tracked(Source source) {
        return Optional.ofNullable(products.get(source))
                .orElseThrow(() -> new IllegalArgumentException(source + " was not tracked"));
    }

    /** The same from the parts. */
    public static AnchorReading reading(
            Source source,
            double[] sigmas,
            double[][] products,
            double velocitySquare,
            int step,
            int anchor,
            int before) {
        double ww = products[step][step] / velocitySquare;
        double wa = products[step][anchor] / velocitySquare;
        double aa = products[anchor][anchor] / velocitySquare;
        double sigma = sigmas[step];
        if (before < 0) {
            return new AnchorReading(source, sigma, sigmas[anchor], ww, wa, 0, aa, 0, 0);
        }
        double reach = (sigma - sigmas[anchor]) / (sigmas[anchor] - sigmas[before]);
        double wb = products[step][before] / velocitySquare;
        double ab = products[anchor][before] / velocitySquare;
        double bb = products[before][before] / velocitySquare;
        double ss = reach * reach * Math.max(0, aa - 2 * ab + bb);
        return new AnchorReading(source, sigma, sigmas[anchor], ww, wa, reach * (wa - wb), aa, reach * (aa - ab), ss);
    }
}
