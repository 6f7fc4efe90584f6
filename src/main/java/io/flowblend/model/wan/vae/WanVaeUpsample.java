package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Doubles height and width (nearest pixel, then a 3x3 convolution to half the channels) and, where it doubles time too,
 * first makes two frames of each by a convolution over time. The video's first frame stays one frame and the
 * convolution over time never sees it.
 */
final class WanVaeUpsample implements WanVaeLayer {
    private final Optional<WanVaeCausalConv> timeConv;
    private final Tensor weight;
    private final Tensor bias;

    private WanVaeUpsample(Optional<WanVaeCausalConv> timeConv, Tensor weight, Tensor bias) {
        this.timeConv = timeConv;
        this.weight = weight;
        this.bias = bias;
    }

    static WanVaeUpsample read(Weights weights, String name, long channels, boolean doublesTime) {
        try (TensorScope scope = TensorScope.open()) {
            Optional<WanVaeCausalConv> timeConv = doublesTime
                    ? Optional.of(WanVaeCausalConv.read(weights, name + ".time_conv", channels, 2 * channels, 1, 1))
                    : Optional.empty();
            Tensor weight = weights.tensor(name + ".resample.1.weight", channels / 2, channels, 3, 3);
            return new WanVaeUpsample(
                    timeConv,
                    weights.own(VaeFrames.channelsLast(weight)),
                    weights.tensor(name + ".resample.1.bias", channels / 2));
        }
    }

    @Override
    public Tensor apply(Tensor frames, WanVaeHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor moments = timeConv.isPresent() && !history.isFirstChunk()
                    ? interleaved(timeConv.get().apply(frames, history))
                    : frames;
            long height = 2 * frames.size(2);
            long width = 2 * frames.size(3);
            return scope.keep(VaeFrames.inGroups(
                    moments.size(0),
                    frames.size(1) * height * width,
                    (first, count) -> VaeFrames.convolve(
                            torch.upsample_nearest2d(moments.narrow(0, first, count), height, width),
                            weight,
                            bias,
                            1,
                            1)));
        }
    }

    /** {@code [T, 2 C, H, W]} to {@code [2 T, C, H, W]}: the first half of the channels is the earlier frame. */
    private static Tensor interleaved(Tensor pairs) {
        long channels = pairs.size(1) / 2;
        TensorVector halves = new TensorVector(pairs.narrow(1, 0, channels), pairs.narrow(1, channels, channels));
        return VaeFrames.channelsLast(torch.stack(halves, 1).flatten(0, 1));
    }
}
