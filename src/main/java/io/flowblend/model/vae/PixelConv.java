package io.flowblend.model.vae;

import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear map of the channels of each pixel by itself (a 1x1x1 convolution).
 *
 * @param weight [out, in, 1, 1]
 * @param bias [out]
 */
public record PixelConv(Tensor weight, Tensor bias) {
    public static PixelConv read(Weights weights, String name, long in, long out) {
        try (TensorScope scope = TensorScope.open()) {
            return new PixelConv(
                    weights.own(
                            weights.tensor(name + ".weight", out, in, 1, 1, 1).view(out, in, 1, 1)),
                    weights.tensor(name + ".bias", out));
        }
    }

    /** This map without the output channels behind the first {@code out}. */
    public PixelConv first(Weights weights, long out) {
        try (TensorScope scope = TensorScope.open()) {
            return new PixelConv(weights.own(weight.narrow(0, 0, out)), weights.own(bias.narrow(0, 0, out)));
        }
    }

    public Tensor apply(Tensor frames) {
        return VaeFrames.convolve(frames, weight, bias, 1, 0);
    }
}
