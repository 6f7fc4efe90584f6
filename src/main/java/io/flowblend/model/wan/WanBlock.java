package io.flowblend.model.wan;

import io.flowblend.model.layer.Attention;
import io.flowblend.model.layer.Linear;
import io.flowblend.model.layer.RowNorm;
import io.flowblend.model.layer.TimeModulation.Modulation;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer: self-attention, cross-attention to the text, feed-forward. Time enters by shift, scale and gate of the two
 * outer parts. These are the same for every row, so the norm before a part takes {@code 1 + scale} and {@code shift} as
 * its weight and bias, in one pass.
 */
record WanBlock(Attention self, Attention cross, Optional<Norm> crossNorm, Linear up, Linear down, RowNorm norm) {

    record Norm(Tensor weight, Tensor bias) {}

    static WanBlock read(Weights weights, int index, WanConfig config, RowNorm norm) {
        String name = "blocks." + index;
        int width = config.width();
        return new WanBlock(
                attention(weights, name + ".attn1", config),
                attention(weights, name + ".attn2", config),
                config.crossAttentionNorm()
                        ? Optional.of(new Norm(
                                weights.exact(name + ".norm2.weight", width),
                                weights.exact(name + ".norm2.bias", width)))
                        : Optional.empty(),
                Linear.read(weights, name + ".ffn.net.0.proj", width, config.feedForward()),
                Linear.read(weights, name + ".ffn.net.2", config.feedForward(), width),
                norm);
    }

    private static Attention attention(Weights weights, String name, WanConfig config) {
        return Attention.read(weights, name, config.heads(), config.headWidth(), config.epsilon());
    }

    /** Advances the rows {@code x [B N, d]} in place. */
    void advance(Tensor x, long batch, Modulation time, Tensor turns, Tensor textKeys, Tensor textValues) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor attended = self.self(norm.apply(x, time.attentionScale(), time.attentionShift()), batch, turns);
            x.addcmul_(attended, time.attentionGate());
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor normed =
                    crossNorm.map(n -> norm.apply(x, n.weight(), n.bias())).orElse(x);
            x.add_(cross.cross(normed, batch, textKeys, textValues, Optional.empty()));
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor hidden = up.apply(norm.apply(x, time.feedScale(), time.feedShift()));
            x.addcmul_(down.apply(torch.gelu_(hidden, "tanh")), time.feedGate());
        }
    }
}
