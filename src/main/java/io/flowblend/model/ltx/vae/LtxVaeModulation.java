package io.flowblend.model.ltx.vae;

import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code scale * x + shift} by channel.
 *
 * @param scale [1, C, 1, 1]
 * @param shift [1, C, 1, 1]
 */
record LtxVaeModulation(Tensor scale, Tensor shift) {
    /** @param rows {@code [2 n, C]}: shift and scale less 1 of each of n modulations; {@code index} is one of these */
    static LtxVaeModulation of(Tensor rows, long index, Weights weights) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor shift = rows.select(0, 2 * index).view(1, -1, 1, 1);
            Tensor scale = rows.select(0, 2 * index + 1).view(1, -1, 1, 1);
            return new LtxVaeModulation(weights.own(torch.ones_like(scale).add_(scale)), weights.own(shift.clone()));
        }
    }

    Tensor apply_(Tensor frames) {
        return frames.mul_(scale).add_(shift);
    }
}
