package io.flowblend.tensor;

import org.bytedeco.pytorch.Tensor;

/**
 * What a LoRA adds to a linear layer, {@code (x A^T) B^T}, with its factor in B. Costs rank (in + out) a row in place of memory for
 * another weight.
 *
 * @param down {@code A^T [in, rank]}
 * @param up {@code B^T [rank, out]}
 */
public record ThinProduct(Tensor down, Tensor up) {
    /** Both matrices where and as {@code model} computes, owned by it. */
    public static ThinProduct of(Tensor down, Tensor up, Weights model) {
        Placement placement = model.placement();
        return new ThinProduct(
                model.own(placement.copied(down).to(placement.format())),
                model.own(placement.copied(up).to(placement.format())));
    }

    /** Adds the product of the rows {@code x [rows, in]} to {@code y [rows, out]}. */
    public void addTo(Tensor y, Tensor x) {
        y.addmm_(x.mm(down), up);
    }
}
