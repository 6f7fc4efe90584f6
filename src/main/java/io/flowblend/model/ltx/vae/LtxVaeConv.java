package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.function.Consumer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A 3x3x3 convolution. Before the first frame it sees the first one again, twice if it is causal; otherwise once, and once
 * more the last one after the last, and each output waits for the frame after it. Around the frames are zeros.
 *
 * <p>It is computed as a convolution of images that have the three frames as {@code 3 C} channels, one image for each output
 * frame, which is faster on a CPU than libtorch's {@code conv3d}.
 */
final class LtxVaeConv implements LtxVaeLayer {
    private static final int TAPS = 3;
    private static final int KERNEL = 3;

    private final Tensor weight;
    private final Tensor bias;
    private final boolean causal;
    private final long stride;

    private LtxVaeConv(Tensor weight, Tensor bias, boolean causal, long stride) {
        this.weight = weight;
        this.bias = bias;
        this.causal = causal;
        this.stride = stride;
    }

    static LtxVaeConv read(Weights weights, String name, long in, long out, boolean causal) {
        return read(weights, name, in, out, causal, 1);
    }

    /** @param stride from one output to the next in all three dimensions; above 1 for causal ones alone */
    static LtxVaeConv read(Weights weights, String name, long in, long out, boolean causal, long stride) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor folded = weights.tensor(name + ".conv.weight", out, in, TAPS, KERNEL, KERNEL)
                    .permute(0, 2, 1, 3, 4)
                    .reshape(out, TAPS * in, KERNEL, KERNEL);
            return new LtxVaeConv(
                    weights.own(VaeFrames.channelsLast(folded)),
                    weights.tensor(name + ".conv.bias", out),
                    causal,
                    stride);
        }
    }

    @Override
    public Tensor apply(Tensor frames, FrameHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            return scope.keep(convolve(history.of(this).isPresent() ? frames : withFirstRepeated(frames), history));
        }
    }

    private Tensor withFirstRepeated(Tensor frames) {
        Tensor first = frames.narrow(0, 0, 1);
        return causal ? VaeFrames.join(0, first, first, frames) : VaeFrames.join(0, first, frames);
    }

    @Override
    public void finish(FrameHistory history, Consumer<Tensor> next) {
        if (!causal) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor held = history.of(this).orElseThrow();
                next.accept(convolve(held.narrow(0, held.size(0) - 1, 1), history));
            }
        }
    }

    /** The outputs for which all frames are there after {@code next}; remembers the frames that later ones need. */
    private Tensor convolve(Tensor next, FrameHistory history) {
        Tensor frames = history.joined(this, next);
        long outputs = frames.size(0) < TAPS ? 0 : (frames.size(0) - TAPS) / stride + 1;
        history.remember(this, VaeFrames.last(frames, frames.size(0) - outputs * stride));
        if (outputs == 0) {
            return VaeFrames.empty(frames, 0, weight.size(0));
        }
        long scratch = TAPS * frames.size(1) * VaeFrames.pixels(frames);
        return VaeFrames.inGroups(
                outputs,
                scratch,
                (first, count) -> VaeFrames.convolve(folded(frames, first, count), weight, bias, stride, KERNEL / 2));
    }

    /** The images {@code first .. first + count - 1}: for each output its three frames, oldest first, as channels. */
    private Tensor folded(Tensor frames, long first, long count) {
        long channels = frames.size(1);
        Tensor images = VaeFrames.empty(frames, count, TAPS * channels);
        for (int tap = 0; tap < TAPS; tap++) {
            long start = first * stride + tap;
            long end = start + (count - 1) * stride + 1;
            images.narrow(1, tap * channels, channels)
                    .copy_(frames.slice(0, new LongOptional(start), new LongOptional(end), stride));
        }
        return images;
    }
}
