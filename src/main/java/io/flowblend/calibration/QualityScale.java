package io.flowblend.calibration;

/**
 * What a quality promises, on a scale that depends on no model: quality q promises that most requests deviate by at most
 *
 * <pre>  d(q) = 50^-q</pre>
 *
 * from what LARGE alone makes from the same seed (relative L2 of the final latents): 1 at q = 0, as far as another video;
 * .14 at .5; .03 at .9. Quality 1 is LARGE alone and promises 0.
 */
public final class QualityScale {
    private static final double BASE = 50;

    private QualityScale() {}

    /** Deviation that a quality, 0..1, promises. */
    public static double deviation(double quality) {
        return quality >= 1 ? 0 : Math.pow(BASE, -quality);
    }

    /** The quality, 0..1, that promises a deviation. */
    public static double quality(double deviation) {
        return deviation <= 0 ? 1 : Math.max(0, Math.min(1, -Math.log(deviation) / Math.log(BASE)));
    }
}
