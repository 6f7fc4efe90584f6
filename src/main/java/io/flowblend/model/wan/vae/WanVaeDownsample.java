package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Halves height and width (a 3x3 convolution with stride 2, zeros to the right and below) and, where it halves time too,
 * then makes one frame of every two by a convolution over time. The video's first frame stays as it is.
 */
final class WanVaeDownsample implements WanVaeLayer {
    private final Optional<WanVaeCausalConv> timeConv;
    private final Tensor weight;
    private final Tensor bias;

    private WanVaeDownsample(Optional<WanVaeCausalConv> timeConv, Tensor weight, Tensor bias) {
        this.timeConv = timeConv;
        this.weight = weight;
        this.bias = bias;
    }

    static WanVaeDownsample read(Weights weights, String name, long channels, boolean halvesTime) {
        try (TensorScope scope = TensorScope.open()) {
            Optional<WanVaeCausalConv> timeConv = halvesTime
                    ? Optional.of(WanVaeCausalConv.read(weights, name + ".time_conv", channels, channels, 1, 2))
                    : Optional.empty();
            Tensor weight = weights.tensor(name + ".resample.1.weight", channels, channels, 3, 3);
            return new WanVaeDownsample(
                    timeConv,
                    weights.own(VaeFrames.channelsLast(weight)),
                    weights.tensor(name + ".resample.1.bias", channels));
        }
    }

    @Override
    public Tensor apply(Tensor frames, WanVaeHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor smaller = VaeFrames.inGroups(
                    frames.size(0),
                    frames.size(1) * VaeFrames.pixels(frames),
                    (first, count) -> VaeFrames.convolve(
                            torch.constant_pad_nd(frames.narrow(0, first, count), 0, 1, 0, 1), weight, bias, 2, 0));
            if (timeConv.isEmpty()) {
                return scope.keep(smaller);
            }
            if (history.isFirstChunk()) {
                timeConv.get().remember(smaller, history);
                return scope.keep(smaller);
            }
            return scope.keep(timeConv.get().apply(smaller, history));
        }
    }
}
