package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Self-attention with one head among the pixels of each frame, added to its input. */
final class WanVaeAttention implements WanVaeLayer {
    private final WanVaeNorm norm;
    private final Tensor projection;
    private final Tensor projectionBias;
    private final Tensor output;
    private final Tensor outputBias;

    private WanVaeAttention(
            WanVaeNorm norm, Tensor projection, Tensor projectionBias, Tensor output, Tensor outputBias) {
        this.norm = norm;
        this.projection = projection;
        this.projectionBias = projectionBias;
        this.output = output;
        this.outputBias = outputBias;
    }

    static WanVaeAttention read(Weights weights, String name, long channels) {
        return new WanVaeAttention(
                WanVaeNorm.read(weights, name + ".norm", channels, false),
                matrix(weights, name + ".to_qkv.weight", 3 * channels, channels),
                weights.tensor(name + ".to_qkv.bias", 3 * channels),
                matrix(weights, name + ".proj.weight", channels, channels),
                weights.tensor(name + ".proj.bias", channels));
    }

    private static Tensor matrix(Weights weights, String name, long out, long in) {
        try (TensorScope scope = TensorScope.open()) {
            return weights.own(weights.tensor(name, out, in, 1, 1).view(out, in));
        }
    }

    @Override
    public Tensor apply(Tensor frames, WanVaeHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            long count = frames.size(0);
            long channels = frames.size(1);
            Tensor tokens =
                    norm.apply(frames).permute(0, 2, 3, 1).reshape(count, 1, VaeFrames.pixels(frames), channels);
            Tensor qkv = torch.linear(tokens, projection, new TensorOptional(projectionBias));
            Tensor mixed = torch.scaled_dot_product_attention(
                    qkv.narrow(3, 0, channels),
                    qkv.narrow(3, channels, channels),
                    qkv.narrow(3, 2 * channels, channels));
            Tensor result = torch.linear(mixed, output, new TensorOptional(outputBias))
                    .view(count, frames.size(2), frames.size(3), channels)
                    .permute(0, 3, 1, 2);
            return scope.keep(result.add_(frames));
        }
    }
}
