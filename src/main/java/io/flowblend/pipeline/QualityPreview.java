package io.flowblend.pipeline;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a quality comes to on a pair, as it is known now, for a request with the pair's defaults.
 *
 * @param quality 0..1
 * @param promisedDeviation largest deviation from LARGE alone that is promised; empty where nothing is, since the pair is
 *     not known well enough
 * @param thresholds relative L2 divergence up to which SMALL may advance a step, by sigma bin from sigma 0 to sigma 1; empty
 *     where nothing is promised
 */
public record QualityPreview(double quality, OptionalDouble promisedDeviation, List<Double> thresholds) {
    public QualityPreview {
        thresholds = List.copyOf(thresholds);
    }
}
