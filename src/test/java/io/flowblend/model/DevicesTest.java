package io.flowblend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.layer.TimeModulation;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What models make besides their weights follows them to their device. It is libtorch's device {@code meta} here, which has
 * shapes and formats but no values, and refuses as a GPU does to work with a tensor of another device.
 */
class DevicesTest {
    private static final Placement META = new Placement("meta", ScalarType.BFloat16);
    private static final Placement NARROW = new Placement("cpu", ScalarType.BFloat16);

    @Test
    void weightsComeInTheModelsFormatAndSensitiveOnesInFloat32(@TempDir Path folder) {
        try (Weights weights = Weights.open(BuiltInPair.unpack(folder).resolve("small"), META)) {
            Tensor bias = weights.tensor("proj_out.bias");
            assertTrue(bias.is_meta());
            assertEquals(ScalarType.BFloat16, bias.scalar_type().intern());
            Tensor table = weights.exact("scale_shift_table", 1, 2, width(weights));
            assertTrue(table.is_meta());
            assertEquals(ScalarType.Float, table.scalar_type().intern());
        }
    }

    @Test
    void timeIsMadeOnTheModelsDeviceInFloat32(@TempDir Path folder) {
        TimeModulation.Names names = new TimeModulation.Names(
                "condition_embedder.time_embedder.linear_", "condition_embedder.time_proj", "blocks.", true);
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(BuiltInPair.unpack(folder).resolve("small"), META)) {
            Tensor shift = TimeModulation.read(weights, names, 2, width(weights), 256)
                    .at(500)
                    .layer(1)
                    .attentionShift();
            assertTrue(shift.is_meta());
            assertEquals(ScalarType.Float, shift.scalar_type().intern());
        }
    }

    @Test
    void aVelocityComesBackInTheFormatOfTheLatents(@TempDir Path folder) {
        Path model = BuiltInPair.unpack(folder).resolve("small");
        try (TensorScope scope = TensorScope.open();
                WanTransformer narrow = WanTransformer.load(model, NARROW);
                WanTransformer exact = WanTransformer.load(model);
                Condition condition = new Condition(SeededNoise.tensor(1, 2, 32, 64))) {
            Tensor x = SeededNoise.tensor(2, PairCopies.latents().batched(2));
            Tensor velocity = narrow.velocity(x, 0.5, condition);
            assertEquals(ScalarType.Float, velocity.scalar_type().intern());
            double error = TensorData.relativeL2(velocity, exact.velocity(x, 0.5, condition));
            assertTrue(error > 0 && error < 2e-2, () -> "relative L2 " + error);
        }
    }

    @Test
    void decoderIsFloat32WhateverTheFormatOfTheModels(@TempDir Path folder) {
        Path vae = BuiltInPair.unpack(folder).resolve("vae");
        try (TensorScope scope = TensorScope.open();
                WanVaeDecoder placed = WanVaeDecoder.load(vae, 2, NARROW);
                WanVaeDecoder plain = WanVaeDecoder.load(vae)) {
            Tensor latents = SeededNoise.tensor(1, 1, PairCopies.latents().channels(), 2, 4, 4);
            assertTrue(placed.decode(latents).equal(plain.decode(latents)));
        }
    }

    private static int width(Weights weights) {
        return Math.toIntExact(weights.tensor("proj_out.weight").size(1));
    }

    @Test
    void formatsThatModelsCannotComputeInAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Placement("cpu", ScalarType.Half));
    }
}
