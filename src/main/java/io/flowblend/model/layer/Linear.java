package io.flowblend.model.layer;

import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code y = x W^T + b} on rows.
 *
 * @param transposed W^T, a view {@code [in, out]} of the stored weight
 * @param bias b, {@code [out]}
 */
public record Linear(Tensor transposed, Tensor bias) {
    /** Reads {@code name.weight [out, in]} and {@code name.bias [out]}. */
    public static Linear read(Weights weights, String name, int in, int out) {
        return new Linear(
                weights.own(weights.tensor(name + ".weight", out, in).t()), weights.tensor(name + ".bias", out));
    }

    /** As {@link #read}, in float32 whatever the format of the others. */
    static Linear exact(Weights weights, String name, int in, int out) {
        return new Linear(
                weights.own(weights.exact(name + ".weight", out, in).t()), weights.exact(name + ".bias", out));
    }

    /** {@code [rows, in]} to {@code [rows, out]}. */
    public Tensor apply(Tensor x) {
        return torch.addmm(bias, x, transposed);
    }
}
