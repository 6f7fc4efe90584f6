package io.flowblend.model.wan.vae;

import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Between latents as the velocity models see them (mean 0, deviation 1) and raw latents of the autoencoder:
 * {@code raw = normalised * deviation + mean}, by channel.
 *
 * @param mean [1, C, 1, 1, 1]
 * @param deviation [1, C, 1, 1, 1]
 */
record WanVaeStatistics(Tensor mean, Tensor deviation) {
    /** Reads them from {@code config}; they live as long as {@code weights}. */
    static WanVaeStatistics of(WanVaeConfig config, Weights weights) {
        config.requireLatentStatistics();
        return new WanVaeStatistics(
                channels(config.latentMeans(), weights), channels(config.latentDeviations(), weights));
    }

    private static Tensor channels(List<Double> values, Weights weights) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        try (TensorScope scope = TensorScope.open()) {
            return weights.own(TensorData.floats(floats, 1, floats.length, 1, 1, 1));
        }
    }

    Tensor toRaw(Tensor normalised) {
        return normalised.mul(deviation).add_(mean);
    }

    Tensor toNormalised(Tensor raw) {
        return raw.sub(mean).div_(deviation);
    }
}
