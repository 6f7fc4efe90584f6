package io.flowblend.model.ltx.vae;

import io.flowblend.model.layer.Sinusoids;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What the noise level that a decoder is told does to its norms. The level is the same for all videos, so it is worked into
 * scales and shifts when the decoder is loaded.
 *
 * @param sinusoids [1, 256]: cosines, then sines, of the level times {@code decoder.timestep_scale_multiplier}
 */
record LtxVaeTime(Weights weights, Tensor sinusoids) {
    private static final int COUNT = 256;

    /** @param level 0..1 */
    static LtxVaeTime read(Weights weights, double level) {
        try (TensorScope scope = TensorScope.open()) {
            float multiplier = weights.tensor("decoder.timestep_scale_multiplier", new long[0])
                    .item_float();
            Tensor sinusoids = weights.placement().moved(Sinusoids.of((float) level * multiplier, COUNT));
            return new LtxVaeTime(weights, weights.own(sinusoids));
        }
    }

    /** The embedding {@code [rows, channels]} of the level by the layers of {@code name}, owned by the caller's scope. */
    Tensor embedded(String name, long rows, long channels) {
        long width = rows * channels;
        Tensor hidden =
                torch.silu_(linear(name + ".time_embedder.timestep_embedder.linear_1", COUNT, width, sinusoids));
        return linear(name + ".time_embedder.timestep_embedder.linear_2", width, width, hidden)
                .view(rows, channels);
    }

    private Tensor linear(String name, long in, long out, Tensor input) {
        return torch.linear(
                input,
                weights.tensor(name + ".weight", out, in),
                new TensorOptional(weights.tensor(name + ".bias", out)));
    }

    /** The learned table of {@code name} plus {@code embedded}, both {@code [rows, channels]}. */
    Tensor table(String name, Tensor embedded) {
        return weights.tensor(name + ".scale_shift_table", embedded.size(0), embedded.size(1))
                .add(embedded);
    }
}
