package io.flowblend.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Layer norm of rows, computed in float32 whatever their format.
 *
 * @param width numbers in a row
 * @param epsilon added to variances
 * @param narrow whether rows are bfloat16 rather than float32
 */
public record RowNorm(int width, double epsilon, boolean narrow) {
    /**
     * @param x rows {@code [n, d]}
     * @param weight {@code [d]}, float32
     * @param bias {@code [d]}, float32
     */
    public Tensor apply(Tensor x, Tensor weight, Tensor bias) {
        Tensor normed = torch.layer_norm(
                narrow ? x.to(ScalarType.Float) : x,
                new long[] {width},
                new TensorOptional(weight),
                new TensorOptional(bias),
                epsilon,
                false);
        return narrow ? normed.to(ScalarType.BFloat16) : normed;
    }
}
