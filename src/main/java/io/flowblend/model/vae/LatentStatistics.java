package io.flowblend.model.vae;

import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Between latents as the velocity models see them (mean 0, deviation 1) and raw latents of the autoencoder:
 * {@code raw = normalised * deviation + mean}, by channel.
 *
 * @param mean [1, C, 1, 1, 1]
 * @param deviation [1, C, 1, 1, 1]
 */
public record LatentStatistics(Tensor mean, Tensor deviation) {
    /** Statistics from vectors {@code [C]} that live as long as {@code weights}. */
    public static LatentStatistics of(Tensor means, Tensor deviations, Weights weights) {
        return new LatentStatistics(channels(means, weights), channels(deviations, weights));
    }

    private static Tensor channels(Tensor values, Weights weights) {
        try (TensorScope scope = TensorScope.open()) {
            return weights.own(weights.placement().moved(values.view(1, values.numel(), 1, 1, 1)));
        }
    }

    public Tensor toRaw(Tensor normalised) {
        return normalised.mul(deviation).add_(mean);
    }

    public Tensor toNormalised(Tensor raw) {
        return raw.sub(mean).div_(deviation);
    }
}
