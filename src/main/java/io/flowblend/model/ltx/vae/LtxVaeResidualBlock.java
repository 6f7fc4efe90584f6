package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.PixelConv;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Norm, SiLU, convolution, perhaps noise, twice; added to the input, which a norm and a map of single pixels fit where
 * widths differ.
 */
final class LtxVaeResidualBlock implements LtxVaeLayer {
    private final LtxVaeNormedConv first;
    private final LtxVaeNormedConv second;
    private final Optional<Shortcut> shortcut;
    private final long channels;

    private LtxVaeResidualBlock(
            LtxVaeNormedConv first, LtxVaeNormedConv second, Optional<Shortcut> shortcut, long channels) {
        this.first = first;
        this.second = second;
        this.shortcut = shortcut;
        this.channels = channels;
    }

    /**
     * @param epsilon of the norm before the shortcut
     * @param noiseSeed of the first of the block's two planes of noise, if it has them; the second's is the next one
     */
    static LtxVaeResidualBlock read(
            Weights weights,
            String name,
            long in,
            long out,
            boolean causal,
            double epsilon,
            Optional<Timed> time,
            OptionalLong noiseSeed) {
        try (TensorScope scope = TensorScope.open()) {
            Optional<Tensor> rows = time.map(timed -> timed.time().table(name, timed.embedded()));
            return new LtxVaeResidualBlock(
                    new LtxVaeNormedConv(
                            rows.map(r -> LtxVaeModulation.of(r, 0, weights)),
                            LtxVaeConv.read(weights, name + ".conv1", in, out, causal),
                            noise(weights, name + ".per_channel_scale1", out, noiseSeed, 0)),
                    new LtxVaeNormedConv(
                            rows.map(r -> LtxVaeModulation.of(r, 1, weights)),
                            LtxVaeConv.read(weights, name + ".conv2", out, out, causal),
                            noise(weights, name + ".per_channel_scale2", out, noiseSeed, 1)),
                    in == out ? Optional.empty() : Optional.of(Shortcut.read(weights, name, in, out, epsilon)),
                    out);
        }
    }

    private static Optional<LtxVaeNoise> noise(
            Weights weights, String name, long channels, OptionalLong firstSeed, int further) {
        return firstSeed.isPresent()
                ? Optional.of(LtxVaeNoise.read(weights, name, channels, firstSeed.getAsLong() + further))
                : Optional.empty();
    }

    /** What a group of blocks has in common: shift and scale less 1 of both norms, [4, C], to which each adds its table. */
    record Timed(LtxVaeTime time, Tensor embedded) {}

    @Override
    public Tensor apply(Tensor frames, FrameHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor inputs = history.joined(this, frames);
            Tensor middle = first.apply(frames, history);
            Tensor made = middle.size(0) == 0 ? none(frames) : second.apply(middle, history);
            return scope.keep(added(made, inputs, history));
        }
    }

    @Override
    public void finish(FrameHistory history, Consumer<Tensor> next) {
        Consumer<Tensor> add = made -> next.accept(added(made, history.of(this).orElseThrow(), history));
        first.finish(history, middle -> {
            Tensor made = second.apply(middle, history);
            if (made.size(0) > 0) {
                add.accept(made);
            }
        });
        second.finish(history, add);
    }

    private Tensor none(Tensor frames) {
        return VaeFrames.empty(frames, 0, channels);
    }

    /** {@code made} plus the inputs that belong to it, the oldest of {@code inputs}; remembers the others. */
    private Tensor added(Tensor made, Tensor inputs, FrameHistory history) {
        long count = made.size(0);
        Tensor own = inputs.narrow(0, 0, count);
        Tensor result = made.add_(shortcut.map(way -> way.apply(own)).orElse(own));
        history.remember(this, VaeFrames.last(inputs, inputs.size(0) - count));
        return result;
    }

    /** Layer norm over the channels of each pixel, then a linear map of them. */
    private record Shortcut(Tensor weight, Tensor bias, double epsilon, PixelConv map) {
        static Shortcut read(Weights weights, String name, long in, long out, double epsilon) {
            return new Shortcut(
                    weights.tensor(name + ".norm3.weight", in),
                    weights.tensor(name + ".norm3.bias", in),
                    epsilon,
                    PixelConv.read(weights, name + ".conv_shortcut.conv", in, out));
        }

        Tensor apply(Tensor frames) {
            Tensor normed = torch.layer_norm(
                    frames.permute(0, 2, 3, 1),
                    new long[] {frames.size(1)},
                    new TensorOptional(weight),
                    new TensorOptional(bias),
                    epsilon,
                    false);
            return map.apply(normed.permute(0, 3, 1, 2));
        }
    }
}
