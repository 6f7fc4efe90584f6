package io.flowblend.model.layer;

import io.flowblend.tensor.ThinProduct;
import io.flowblend.tensor.Weights;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code y = x W^T + b} on rows.
 *
 * @param transposed W^T, a view {@code [in, out]} of the stored weight
 * @param bias b, {@code [out]}
 * @param beside LoRA that is not merged into W
 */
public record Linear(Tensor transposed, Tensor bias, List<ThinProduct> beside) {
    /** Without LoRA beside it. */
    public Linear(Tensor transposed, Tensor bias) {
        this(transposed, bias, List.of());
    }

    /** Reads {@code name.weight [out, in]} and {@code name.bias [out]}. */
    public static Linear read(Weights weights, String name, int in, int out) {
        return new Linear(
                weights.own(weights.tensor(name + ".weight", out, in).t()),
                weights.tensor(name + ".bias", out),
                weights.beside(name + ".weight"));
    }

    /** As {@link #read}, in float32 whatever the format of the others. */
    static Linear exact(Weights weights, String name, int in, int out) {
        return new Linear(
                weights.own(weights.exact(name + ".weight", out, in).t()), weights.exact(name + ".bias", out));
    }

    /** {@code [rows, in]} to {@code [rows, out]}. */
    public Tensor apply(Tensor x) {
        Tensor y = torch.addmm(bias, x, transposed);
        beside.forEach(product -> product.addTo(y, x));
        return y;
    }
}
