package io.flowblend.pipeline;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a quality comes to on a pair for a request with the pair's defaults.
 *
 * @param plan its typical run
 * @param thresholds one for each step: the residual at which the choice of the step would flip; empty where none was
 *     compared
 * @param sigmas noise levels at the starts of the steps
 */
public record QualityPreview(PlannedQuality plan, List<OptionalDouble> thresholds, List<Double> sigmas) {
    public QualityPreview {
        thresholds = List.copyOf(thresholds);
        sigmas = List.copyOf(sigmas);
    }
}
