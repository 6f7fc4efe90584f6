package io.flowblend.model.layer;

import io.flowblend.tensor.Placement;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * libtorch's fused attention, which never holds all scores at once. On the CPU its products of bfloat16 run without a
 * library's help where MKL is not there, many times slower than in float32, so they are made in float32.
 */
public final class FusedAttention {
    private FusedAttention() {}

    /**
     * Queries, keys and values {@code [B, heads, N, D]}, in the format of {@code placement}, and so is the result.
     *
     * @param bias added to the scores, of a shape that broadcasts to {@code [B, heads, N, T]}
     * @param scale of the scores; {@code 1 / sqrt(D)} where there is none
     */
    public static Tensor attend(
            Placement placement,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Optional<Tensor> bias,
            DoubleOptional scale) {
        if (!placement.narrow() || placement.onGpu()) {
            return fused(queries, keys, values, bias, scale);
        }
        return fused(
                        queries.to(ScalarType.Float),
                        keys.to(ScalarType.Float),
                        values.to(ScalarType.Float),
                        bias.map(added -> added.to(ScalarType.Float)),
                        scale)
                .to(placement.format());
    }

    private static Tensor fused(
            Tensor queries, Tensor keys, Tensor values, Optional<Tensor> bias, DoubleOptional scale) {
        TensorOptional added = bias.map(TensorOptional::new).orElseGet(TensorOptional::new);
        return torch.scaled_dot_product_attention(queries, keys, values, added, 0.0, false, scale, false);
    }
}
