package io.flowblend.model.ltx;

import io.flowblend.model.layer.Attention;
import io.flowblend.model.layer.Linear;
import io.flowblend.model.layer.TimeModulation;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer: self-attention, cross-attention to the text, feed-forward. Time enters by shift, scale and gate of the two
 * outer parts, and may differ between the spans of tokens.
 */
record LtxBlock(Attention self, Attention cross, Linear up, Linear down, int width, double epsilon) {
    /** Within attention, added to mean squares. */
    private static final double ATTENTION_EPSILON = 1e-5;

    /** The {@code length} tokens of every sample from token {@code from} on, which share their time. */
    record Span(long from, long length, TimeModulation.Modulations time) {
        /** The span's part of rows {@code [B N, d]}, a view {@code [B, length, d]}. */
        Tensor of(Tensor rows, long batch) {
            return rows.view(batch, -1, rows.size(1)).narrow(1, from, length);
        }
    }

    /** The text as one layer's cross-attention sees it. */
    record Text(Tensor keys, Tensor values, Optional<Tensor> bias) {}

    static LtxBlock read(Weights weights, int index, LtxConfig config) {
        String name = "transformer_blocks." + index;
        return new LtxBlock(
                attention(weights, name + ".attn1", config),
                attention(weights, name + ".attn2", config),
                Linear.read(weights, name + ".ff.net.0.proj", config.width(), config.feedForward()),
                Linear.read(weights, name + ".ff.net.2", config.feedForward(), config.width()),
                config.width(),
                config.epsilon());
    }

    private static Attention attention(Weights weights, String name, LtxConfig config) {
        return Attention.read(weights, name, config.heads(), config.headWidth(), ATTENTION_EPSILON);
    }

    /** Advances the rows {@code x [B N, d]} in place; {@code index} is this layer's. */
    void advance(Tensor x, long batch, int index, List<Span> spans, Tensor turns, Text text) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor normed = normed(x);
            for (Span span : spans) {
                TimeModulation.Modulation time = span.time().layer(index);
                span.of(normed, batch).mul_(time.attentionScale()).add_(time.attentionShift());
            }
            Tensor attended = self.self(normed, batch, turns);
            for (Span span : spans) {
                span.of(x, batch)
                        .addcmul_(
                                span.of(attended, batch),
                                span.time().layer(index).attentionGate());
            }
        }
        try (TensorScope scope = TensorScope.open()) {
            x.add_(cross.cross(x, batch, text.keys(), text.values(), text.bias()));
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor normed = normed(x);
            for (Span span : spans) {
                TimeModulation.Modulation time = span.time().layer(index);
                span.of(normed, batch).mul_(time.feedScale()).add_(time.feedShift());
            }
            Tensor fed = down.apply(torch.gelu_(up.apply(normed), "tanh"));
            for (Span span : spans) {
                span.of(x, batch)
                        .addcmul_(span.of(fed, batch), span.time().layer(index).feedGate());
            }
        }
    }

    private Tensor normed(Tensor x) {
        return torch.rms_norm(x, new long[] {width}, new TensorOptional(), new DoubleOptional(epsilon));
    }
}
