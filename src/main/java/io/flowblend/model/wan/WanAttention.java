package io.flowblend.model.wan;

import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Multi-head attention whose queries and keys are RMS-normalised over all heads together. */
record WanAttention(
        Linear query,
        Linear key,
        Linear value,
        Linear out,
        Tensor queryNorm,
        Tensor keyNorm,
        int heads,
        int headWidth,
        double epsilon) {

    static WanAttention read(Weights weights, String name, WanConfig config) {
        int width = config.width();
        return new WanAttention(
                Linear.read(weights, name + ".to_q", width, width),
                Linear.read(weights, name + ".to_k", width, width),
                Linear.read(weights, name + ".to_v", width, width),
                Linear.read(weights, name + ".to_out.0", width, width),
                weights.tensor(name + ".norm_q.weight", width),
                weights.tensor(name + ".norm_k.weight", width),
                config.heads(),
                config.headWidth(),
                config.epsilon());
    }

    /** Attention of the rows {@code [B N, d]} to each other, within each of {@code batch} samples. */
    Tensor self(Tensor x, long batch, Tensor turns) {
        Tensor q = turned(normed(query.apply(x), queryNorm), batch, turns);
        Tensor k = turned(normed(key.apply(x), keyNorm), batch, turns);
        return out.apply(attend(q, split(k, batch), split(value.apply(x), batch), batch));
    }

    /** Attention of the rows {@code [B N, d]} to the text, whose keys and values come from {@link #textKeys}. */
    Tensor cross(Tensor x, long batch, Tensor keys, Tensor values) {
        return out.apply(attend(normed(query.apply(x), queryNorm), keys, values, batch));
    }

    /** Keys {@code [B, heads, T, D]} of text rows {@code [B T, d]}. */
    Tensor textKeys(Tensor text, long batch) {
        return split(normed(key.apply(text), keyNorm), batch);
    }

    /** Values {@code [B, heads, T, D]} of text rows {@code [B T, d]}. */
    Tensor textValues(Tensor text, long batch) {
        return split(value.apply(text), batch);
    }

    private Tensor attend(Tensor q, Tensor keys, Tensor values, long batch) {
        return torch.scaled_dot_product_attention(split(q, batch), keys, values)
                .transpose(1, 2)
                .reshape(-1, (long) heads * headWidth);
    }

    private Tensor normed(Tensor x, Tensor weight) {
        return torch.rms_norm(
                x, new long[] {(long) heads * headWidth}, new TensorOptional(weight), new DoubleOptional(epsilon));
    }

    /** Turns the fresh rows {@code x} in place. */
    private Tensor turned(Tensor x, long batch, Tensor turns) {
        torch.view_as_complex(x.view(batch, turns.size(0), heads, headWidth / 2, 2))
                .mul_(turns);
        return x;
    }

    /** Rows {@code [B N, d]} as {@code [B, heads, N, D]}, without a copy. */
    private Tensor split(Tensor x, long batch) {
        long tokens = x.size(0) / batch;
        long width = (long) heads * headWidth;
        return x.as_strided(
                new long[] {batch, heads, tokens, headWidth}, new long[] {tokens * width, headWidth, width, 1});
    }
}
