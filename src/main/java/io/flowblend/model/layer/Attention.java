package io.flowblend.model.layer;

import io.flowblend.tensor.Placement;
import io.flowblend.tensor.Weights;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Multi-head attention whose queries and keys are RMS-normalised over all heads together.
 *
 * @param placement of the weights; rows that are shorter than float32 are widened to be turned
 */
public record Attention(
        Linear query,
        Linear key,
        Linear value,
        Linear out,
        Tensor queryNorm,
        Tensor keyNorm,
        int heads,
        int headWidth,
        double epsilon,
        Placement placement) {

    public static Attention read(Weights weights, String name, int heads, int headWidth, double epsilon) {
        int width = heads * headWidth;
        return new Attention(
                Linear.read(weights, name + ".to_q", width, width),
                Linear.read(weights, name + ".to_k", width, width),
                Linear.read(weights, name + ".to_v", width, width),
                Linear.read(weights, name + ".to_out.0", width, width),
                weights.tensor(name + ".norm_q.weight", width),
                weights.tensor(name + ".norm_k.weight", width),
                heads,
                headWidth,
                epsilon,
                weights.placement());
    }

    /**
     * Attention of the rows {@code [B N, d]} to each other, within each of {@code batch} samples.
     *
     * @param turns rotary position embedding, complex: {@code [N, 1, D / 2]}, or {@code [N, heads, D / 2]} where heads differ
     */
    public Tensor self(Tensor x, long batch, Tensor turns) {
        Tensor q = turned(normed(query.apply(x), queryNorm), batch, turns);
        Tensor k = turned(normed(key.apply(x), keyNorm), batch, turns);
        return out.apply(attend(q, split(k, batch), split(value.apply(x), batch), Optional.empty(), batch));
    }

    /**
     * Attention of the rows {@code [B N, d]} to the text, whose keys and values come from {@link #textKeys}.
     *
     * @param bias added to the scores, {@code [B, 1, 1, T]}
     */
    public Tensor cross(Tensor x, long batch, Tensor keys, Tensor values, Optional<Tensor> bias) {
        return out.apply(attend(normed(query.apply(x), queryNorm), keys, values, bias, batch));
    }

    /** Keys {@code [B, heads, T, D]} of text rows {@code [B T, d]}. */
    public Tensor textKeys(Tensor text, long batch) {
        return split(normed(key.apply(text), keyNorm), batch);
    }

    /** Values {@code [B, heads, T, D]} of text rows {@code [B T, d]}. */
    public Tensor textValues(Tensor text, long batch) {
        return split(value.apply(text), batch);
    }

    private Tensor attend(Tensor q, Tensor keys, Tensor values, Optional<Tensor> bias, long batch) {
        Tensor attended = FusedAttention.attend(placement, split(q, batch), keys, values, bias, new DoubleOptional());
        return attended.transpose(1, 2).reshape(-1, (long) heads * headWidth);
    }

    private Tensor normed(Tensor x, Tensor weight) {
        return torch.rms_norm(
                x, new long[] {(long) heads * headWidth}, new TensorOptional(weight), new DoubleOptional(epsilon));
    }

    /** Turns the fresh rows {@code x}, in place where their format allows it. */
    private Tensor turned(Tensor x, long batch, Tensor turns) {
        Tensor wide = placement.narrow() ? x.to(ScalarType.Float) : x;
        torch.view_as_complex(wide.view(batch, turns.size(0), heads, headWidth / 2, 2))
                .mul_(turns);
        return placement.narrow() ? wide.to(ScalarType.BFloat16) : wide;
    }

    /** Rows {@code [B N, d]} as {@code [B, heads, N, D]}, without a copy. */
    private Tensor split(Tensor x, long batch) {
        long tokens = x.size(0) / batch;
        long width = (long) heads * headWidth;
        return x.as_strided(
                new long[] {batch, heads, tokens, headWidth}, new long[] {tokens * width, headWidth, width, 1});
    }
}
