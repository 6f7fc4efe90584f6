package io.flowblend.model.wan.vae;

import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * RMS norm over the channels of each pixel: {@code x / max(|x|, 1e-12) * sqrt(C) * gamma}.
 *
 * @param gain {@code sqrt(C) * gamma}, [1, C, 1, 1]
 */
record WanVaeNorm(Tensor gain) {
    private static final double SMALLEST = 1e-12;

    /** @param video whether gamma is stored for video, [C, 1, 1, 1], or for images, [C, 1, 1] */
    static WanVaeNorm read(Weights weights, String name, long channels, boolean video) {
        try (TensorScope scope = TensorScope.open()) {
            String gamma = name + ".gamma";
            Tensor stored = video ? weights.tensor(gamma, channels, 1, 1, 1) : weights.tensor(gamma, channels, 1, 1);
            return new WanVaeNorm(
                    weights.own(stored.view(1, channels, 1, 1).mul(new Scalar(Math.sqrt((double) channels)))));
        }
    }

    Tensor apply(Tensor frames) {
        Tensor length =
                torch.linalg_vector_norm(frames, new Scalar(2.0), new long[] {1}, true, new ScalarTypeOptional());
        return frames.div(length.clamp_min_(new Scalar(SMALLEST))).mul_(gain);
    }

    /** The norm, then {@code x * sigmoid(x)}. */
    Tensor applyWithSilu(Tensor frames) {
        return torch.silu_(apply(frames));
    }
}
