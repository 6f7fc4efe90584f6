package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.PixelConv;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Norm, SiLU, causal convolution, twice; added to the input, which a convolution of single pixels maps where widths differ. */
final class WanVaeResidualBlock implements WanVaeLayer {
    private final WanVaeNorm norm1;
    private final WanVaeCausalConv conv1;
    private final WanVaeNorm norm2;
    private final WanVaeCausalConv conv2;
    private final Optional<PixelConv> shortcut;

    private WanVaeResidualBlock(
            WanVaeNorm norm1,
            WanVaeCausalConv conv1,
            WanVaeNorm norm2,
            WanVaeCausalConv conv2,
            Optional<PixelConv> shortcut) {
        this.norm1 = norm1;
        this.conv1 = conv1;
        this.norm2 = norm2;
        this.conv2 = conv2;
        this.shortcut = shortcut;
    }

    static WanVaeResidualBlock read(Weights weights, String name, long in, long out) {
        return new WanVaeResidualBlock(
                WanVaeNorm.read(weights, name + ".norm1", in, true),
                WanVaeCausalConv.read(weights, name + ".conv1", in, out, 3, 1),
                WanVaeNorm.read(weights, name + ".norm2", out, true),
                WanVaeCausalConv.read(weights, name + ".conv2", out, out, 3, 1),
                in == out ? Optional.empty() : Optional.of(PixelConv.read(weights, name + ".conv_shortcut", in, out)));
    }

    @Override
    public Tensor apply(Tensor frames, WanVaeHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor middle;
            try (TensorScope half = TensorScope.open()) {
                middle = half.keep(conv1.apply(norm1.applyWithSilu(frames), history));
            }
            Tensor result = conv2.apply(norm2.applyWithSilu(middle), history);
            return scope.keep(
                    result.add_(shortcut.map(conv -> conv.apply(frames)).orElse(frames)));
        }
    }
}
