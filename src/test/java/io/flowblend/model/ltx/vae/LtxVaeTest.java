package io.flowblend.model.ltx.vae;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.LatentShape;
import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.Tiling;
import io.flowblend.model.vae.VaeFolder;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LtxVaeTest {
    private static final double ROUNDING = 3e-6;

    @ParameterizedTest
    @ValueSource(strings = {"ltx-vae-2", "ltx-vae-3", "ltx-vae-4", "ltx-vae-6"})
    void framesThatGoThroughOneByOneGiveWhatTheWholeVideoGives(String name) {
        Path folder = Path.of("src/test/resources/reference", name, "model");
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(folder)) {
            LtxVaeNetwork decoder = LtxVaeNetwork.decoder(config, weights, 0.3);
            Tensor latents = SeededNoise.tensor(1, 5, config.latentChannels(), 2, 3);
            assertSameInGroups(decoder, latents, 1 + 4 * config.temporalFactor());
            LtxVaeNetwork encoder = LtxVaeNetwork.encoder(config, weights);
            long folded = 3L * config.patch() * config.patch();
            assertSameInGroups(encoder, SeededNoise.tensor(2, 13, folded, 8, 8), 4);
        }
    }

    private static void assertSameInGroups(LtxVaeNetwork network, Tensor frames, long expected) {
        List<Tensor> whole = outputs(network, frames, Long.MAX_VALUE);
        List<Tensor> single = outputs(network, frames, 1);
        Tensor result = VaeFrames.join(0, single.toArray(Tensor[]::new));
        assertEquals(expected, result.size(0));
        double error = TensorData.relativeL2(result, VaeFrames.join(0, whole.toArray(Tensor[]::new)));
        assertTrue(error < ROUNDING, "relative L2 " + error);
        assertTrue(single.stream().allMatch(frame -> frame.size(0) <= 2), "frames did not come a few at a time");
        whole.forEach(Tensor::close);
        single.forEach(Tensor::close);
    }

    private static List<Tensor> outputs(LtxVaeNetwork network, Tensor frames, long most) {
        List<Tensor> outputs = new ArrayList<>();
        network.apply(frames, most, made -> outputs.add(TensorScope.own(made.clone())));
        return outputs;
    }

    @Test
    void noiseInsideTheDecoderIsOnePlaneForAllFramesAndTheSameEveryTime() {
        Path folder = Path.of("src/test/resources/reference/ltx-vae-6/model");
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(folder);
                FrameHistory run = new FrameHistory();
                FrameHistory other = new FrameHistory()) {
            LtxVaeNoise noise = LtxVaeNoise.read(weights, "decoder.mid_block.resnets.0.per_channel_scale1", 16, 7);
            Tensor frames = SeededNoise.tensor(1, 3, 16, 4, 5);
            Tensor added = noise.addTo_(frames.clone(), run).sub(frames);
            Tensor expected = noise.scale().mul(SeededNoise.tensor(7, 1, 1, 4, 5));
            assertEquals(0, TensorData.relativeL2(added, expected.expand(3, 16, 4, 5)), 1e-5);
            assertEquals(0, noise.addTo_(frames.narrow(0, 0, 0), other).size(0));
            assertEquals(
                    0,
                    TensorData.relativeL2(
                            noise.addTo_(frames.narrow(0, 2, 1).clone(), other),
                            noise.addTo_(frames.clone(), run).narrow(0, 2, 1)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ltx-image-pipeline-1, 704, 480",
        "ltx-image-pipeline-1, 608, 352",
        "ltx-image-pipeline-1, 32, 96",
        "ltx-condition-pipeline-0, 704, 480",
        "ltx-condition-pipeline-0, 1216, 32"
    })
    void encodesAFirstFrameOfAnyMultipleOf32AndDecodesToItsSize(String name, int width, int height) {
        Path folder = Path.of("src/test/resources/reference", name, "vae");
        try (TensorScope scope = TensorScope.open();
                LtxVaeEncoder encoder = LtxVaeEncoder.load(folder);
                LtxVaeDecoder decoder = LtxVaeDecoder.load(folder)) {
            assertEquals(new LatentShape(16, 2, height / 32, width / 32), decoder.latentShape(9, height, width));
            Tensor latents = encoder.encode(SeededNoise.tensor(1, 1, 3, 1, height, width));
            assertArrayEquals(new long[] {1, 16, 1, height / 32, width / 32}, TensorData.shape(latents));
            assertArrayEquals(new long[] {1, 3, 1, height, width}, TensorData.shape(decoder.decode(latents)));
        }
    }

    @Test
    void decodesEveryVideoOfABatchByItself() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER)) {
            Tensor latents = SeededNoise.tensor(3, 2, 5, 2, 2, 3);
            Tensor both = decoder.decode(latents);
            assertArrayEquals(new long[] {2, 3, 5, 16, 24}, TensorData.shape(both));
            assertTrue(both.min().item_float() >= 0 && both.max().item_float() <= 1);
            assertEquals(0, TensorData.relativeL2(both.narrow(0, 1, 1), decoder.decode(latents.narrow(0, 1, 1))));
        }
    }

    @Test
    void mixesNoiseIntoRawLatentsBeforeATimestepConditionedDecode() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.LTX_LATER);
                LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER, 1, new LtxVaeDecoding(0.05, 0.25));
                LtxVaeDecoder raw = LtxVaeDecoder.loadRaw(VaeFolder.LTX_LATER, 0.05, Placement.CPU)) {
            Tensor latents = SeededNoise.tensor(4, 1, 5, 3, 2, 2);
            Tensor mean = weights.tensor("latents_mean").view(1, 5, 1, 1, 1);
            Tensor deviation = weights.tensor("latents_std").view(1, 5, 1, 1, 1);
            Tensor mixed = latents.mul(deviation)
                    .add(mean)
                    .mul(new Scalar(0.75))
                    .add(SeededNoise.tensor(0, 1, 5, 3, 2, 2).mul(new Scalar(0.25)));
            Tensor expected = raw.decodeRaw(mixed)
                    .add(new Scalar(1.0))
                    .div(new Scalar(2.0))
                    .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
            assertTrue(TensorData.relativeL2(decoder.decode(latents), expected) < ROUNDING);
        }
    }

    @Test
    void toldNoiseLevelMatters() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder low = LtxVaeDecoder.loadRaw(VaeFolder.LTX_LATER, 0.05, Placement.CPU);
                LtxVaeDecoder high = LtxVaeDecoder.loadRaw(VaeFolder.LTX_LATER, 0.5, Placement.CPU)) {
            Tensor latents = SeededNoise.tensor(4, 1, 5, 1, 2, 2);
            assertTrue(TensorData.relativeL2(low.decodeRaw(latents), high.decodeRaw(latents)) > 1e-3);
        }
    }

    @Test
    void withoutTimestepConditioningNoNoiseIsMixedIn() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder plain = LtxVaeDecoder.load(VaeFolder.LTX_FIRST, 1, new LtxVaeDecoding(0, 0));
                LtxVaeDecoder told = LtxVaeDecoder.load(VaeFolder.LTX_FIRST, 1, new LtxVaeDecoding(0.5, 0.5))) {
            Tensor latents = SeededNoise.tensor(5, 1, 6, 1, 2, 2);
            assertEquals(0, TensorData.relativeL2(told.decode(latents), plain.decode(latents)));
        }
    }

    @Test
    void encodesToTheNormalisedMeanScaledAsTheConfigSays() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.LTX_FIRST);
                LtxVaeEncoder encoder = LtxVaeEncoder.load(VaeFolder.LTX_FIRST)) {
            Tensor frames = SeededNoise.tensor(6, 1, 3, 5, 8, 16).sigmoid();
            Tensor raw = encoder.encodeRaw(frames.mul(new Scalar(2.0)).sub(new Scalar(1.0)));
            Tensor mean = weights.tensor("latents_mean").view(1, 6, 1, 1, 1);
            Tensor deviation = weights.tensor("latents_std").view(1, 6, 1, 1, 1);
            Tensor expected = raw.sub(mean).mul(new Scalar(0.7)).div(deviation);
            Tensor encoded = encoder.encode(frames);
            assertArrayEquals(new long[] {1, 6, 2, 1, 2}, TensorData.shape(encoded));
            assertTrue(TensorData.relativeL2(encoded, expected) < ROUNDING);
        }
    }

    @Test
    void laterFramesLeaveEarlierLatentsUnchanged() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeEncoder encoder = LtxVaeEncoder.load(VaeFolder.LTX_LATER)) {
            Tensor frames = SeededNoise.tensor(7, 2, 3, 13, 16, 8).sigmoid();
            Tensor all = encoder.encode(frames);
            Tensor image = encoder.encode(frames.narrow(2, 0, 1));
            assertArrayEquals(new long[] {2, 5, 4, 2, 1}, TensorData.shape(all));
            assertTrue(TensorData.relativeL2(all.narrow(2, 0, 1), image) < ROUNDING);
        }
    }

    @Test
    void tilesGiveTheWholeFrameExceptAroundTheirSeams() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder decoder = LtxVaeDecoder.loadRaw(VaeFolder.LTX_FIRST, 0, Placement.CPU)) {
            Tensor latents = SeededNoise.tensor(8, 1, 6, 1, 3, 60);
            Tensor whole = decoder.decodeRaw(latents, Tiling.NONE);
            Tensor tiled = decoder.decodeRaw(latents, new Tiling(0, 32, 4));
            Tensor difference = tiled.sub(whole).abs();
            long factor = 8;
            long reach = 12;
            long left = 28 - reach;
            long right = 32 + reach;
            assertEquals(0, difference.narrow(4, 0, left * factor).max().item_float(), 1e-5);
            assertEquals(
                    0,
                    difference
                            .narrow(4, right * factor, (60 - right) * factor)
                            .max()
                            .item_float(),
                    1e-5);
            assertTrue(difference.max().item_float() > 1e-5, "the seam does not show, so the test shows nothing");
            assertEquals(0, TensorData.relativeL2(decoder.decodeRaw(latents, new Tiling(0, 60, 20)), whole));
        }
    }

    @Test
    void namesTheShapeOfALatentVideo() {
        try (LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER)) {
            assertEquals(new LatentShape(5, 5, 8, 12), decoder.latentShape(17, 64, 96));
            assertEquals(new LatentShape(5, 1, 1, 1), decoder.latentShape(1, 8, 8));
        }
        try (LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER, 2, LtxVaeDecoding.RECOMMENDED)) {
            assertEquals(new LatentShape(5, 1, 2, 4), decoder.latentShape(1, 16, 32));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            18 | 64 | 64 | num_frames 18 is not 4k+1; nearest are 17 and 21
            17 | 100 | 64 | height 100 is not a multiple of 8; nearest are 96 and 104
            17 | 64 | 7 | width 7 is not a multiple of 8; nearest is 8
            """)
    void namesTheNearestPossibleSizes(int frames, int height, int width, String message) {
        try (LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER)) {
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, () -> decoder.latentShape(frames, height, width))
                            .getMessage());
        }
    }

    @Test
    void refusesTensorsOfAnotherShape() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder decoder = LtxVaeDecoder.load(VaeFolder.LTX_LATER);
                LtxVaeEncoder encoder = LtxVaeEncoder.load(VaeFolder.LTX_LATER)) {
            Tensor latents = SeededNoise.tensor(1, 1, 4, 1, 2, 2);
            assertEquals(
                    "latents have shape [1, 4, 1, 2, 2], expected [batch, 5, frames, height, width]",
                    assertThrows(IllegalArgumentException.class, () -> decoder.decode(latents))
                            .getMessage());
            Tensor frames = SeededNoise.tensor(1, 1, 3, 6, 16, 16);
            assertEquals(
                    "frames have shape [1, 3, 6, 16, 16], expected [batch, 3, 4k+1, multiple of 8, multiple of 8]",
                    assertThrows(IllegalArgumentException.class, () -> encoder.encode(frames))
                            .getMessage());
        }
    }

    @Test
    void decodersOfRawLatentsDoNotDecodeNormalisedOnes() {
        try (TensorScope scope = TensorScope.open();
                LtxVaeDecoder decoder = LtxVaeDecoder.loadRaw(VaeFolder.LTX_LATER, 0, Placement.CPU);
                LtxVaeEncoder encoder = LtxVaeEncoder.loadRaw(VaeFolder.LTX_LATER, Placement.CPU)) {
            Tensor latents = SeededNoise.tensor(1, 1, 5, 1, 1, 1);
            Tensor frames = SeededNoise.tensor(1, 1, 3, 1, 8, 8);
            assertThrows(IllegalStateException.class, () -> decoder.decode(latents));
            assertThrows(IllegalStateException.class, () -> encoder.encode(frames));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-0.1, 0, 'decode_timestep has to be 0..1, not -0.1'",
        "0, 1.5, 'decode_noise_scale has to be 0..1, not 1.5'",
        "NaN, 0, 'decode_timestep has to be 0..1, not NaN'"
    })
    void refusesImpossibleNoiseLevels(double timestep, double noiseScale, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new LtxVaeDecoding(timestep, noiseScale))
                        .getMessage());
    }
}
