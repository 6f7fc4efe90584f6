package io.flowblend.model.wan.vae;

import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear map of the channels of each pixel by itself (a 1x1x1 convolution).
 *
 * @param weight [out, in, 1, 1]
 * @param bias [out]
 */
record WanVaePixelConv(Tensor weight, Tensor bias) {
    static WanVaePixelConv read(Weights weights, String name, long in, long out) {
        try (TensorScope scope = TensorScope.open()) {
            return new WanVaePixelConv(
                    weights.own(
                            weights.tensor(name + ".weight", out, in, 1, 1, 1).view(out, in, 1, 1)),
                    weights.tensor(name + ".bias", out));
        }
    }

    /** This map without the output channels behind the first {@code out}. */
    WanVaePixelConv first(Weights weights, long out) {
        try (TensorScope scope = TensorScope.open()) {
            return new WanVaePixelConv(weights.own(weight.narrow(0, 0, out)), weights.own(bias.narrow(0, 0, out)));
        }
    }

    Tensor apply(Tensor frames) {
        return WanVaeFrames.convolve(frames, weight, bias, 1, 0);
    }
}
