package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Noise that a decoder with {@code decoder_inject_noise} adds behind a convolution: one plane of normal values for all
 * frames, times a learned factor for each channel. The plane follows from the seed and the size alone, so that equal
 * latents give equal frames.
 *
 * @param scale [1, C, 1, 1]
 * @param seed of the plane; each convolution has its own
 */
record LtxVaeNoise(Tensor scale, long seed) {
    static LtxVaeNoise read(Weights weights, String name, long channels, long seed) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor scale = weights.tensor(name, channels, 1, 1).view(1, channels, 1, 1);
            return new LtxVaeNoise(weights.own(scale), seed);
        }
    }

    /** @param frames [T, C, H, W], changed; the run's {@code history} keeps the plane */
    Tensor addTo_(Tensor frames, FrameHistory history) {
        if (frames.size(0) == 0) {
            return frames;
        }
        if (history.of(this).isEmpty()) {
            history.remember(
                    this,
                    SeededNoise.tensor(seed, 1, 1, frames.size(2), frames.size(3))
                            .to(frames));
        }
        return frames.add_(history.of(this).orElseThrow().mul(scale));
    }
}
