package io.flowblend.model.wan.vae;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.LatentShape;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.vae.Tiling;
import io.flowblend.model.vae.VaeFolder;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WanVaeTest {
    private static final Path BUILT_IN = PairCopies.ORIGINAL.resolve("vae");
    private static final Path BUILT_IN_VIDEO = PairCopies.REFERENCE.resolve("case.safetensors");

    @Test
    void decodesWhatTheBuiltInPairMadeToTheReferenceFrames() {
        try (TensorScope scope = TensorScope.open();
                Weights reference = Weights.open(BUILT_IN_VIDEO);
                WanVaeDecoder decoder = WanVaeDecoder.load(BUILT_IN)) {
            Tensor frames = decoder.decode(reference.tensor("large.final"));
            Tensor expected = reference.tensor("large.frames");
            long distance = (frames.size(2) - 1) / (expected.size(2) - 1);
            Tensor some = frames.slice(2, new LongOptional(0), new LongOptional(), distance);
            assertTrue(TensorData.relativeL2(some, expected) < 1e-5);
            assertTrue(frames.min().item_float() >= 0 && frames.max().item_float() <= 1);
        }
    }

    @Test
    void decodesEveryVideoOfABatchByItself() {
        try (TensorScope scope = TensorScope.open();
                WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN)) {
            Tensor latents = SeededNoise.tensor(3, 2, 16, 2, 2, 3);
            Tensor both = decoder.decode(latents);
            assertArrayEquals(new long[] {2, 3, 5, 16, 24}, TensorData.shape(both));
            assertEquals(0, TensorData.relativeL2(both.narrow(0, 1, 1), decoder.decode(latents.narrow(0, 1, 1))));
        }
    }

    @Test
    void laterLatentsLeaveEarlierFramesUnchanged() {
        try (TensorScope scope = TensorScope.open();
                WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN)) {
            Tensor latents = SeededNoise.tensor(4, 1, 16, 5, 3, 2);
            Tensor early = decoder.decode(latents.narrow(2, 0, 2));
            Tensor all = decoder.decode(latents);
            assertEquals(17, all.size(2));
            assertEquals(0, TensorData.relativeL2(all.narrow(2, 0, 5), early));
        }
    }

    @Test
    void laterFramesLeaveEarlierLatentsUnchanged() {
        try (TensorScope scope = TensorScope.open();
                WanVaeEncoder encoder = WanVaeEncoder.load(VaeFolder.WAN)) {
            Tensor frames = SeededNoise.tensor(4, 1, 3, 13, 16, 8).sigmoid();
            Tensor early = encoder.encode(frames.narrow(2, 0, 5));
            Tensor all = encoder.encode(frames);
            assertArrayEquals(new long[] {1, 16, 4, 2, 1}, TensorData.shape(all));
            assertEquals(0, TensorData.relativeL2(all.narrow(2, 0, 2), early));
        }
    }

    @Test
    void encodingADecodedVideoGivesBackItsLatentsAndFrames() {
        try (TensorScope scope = TensorScope.open();
                Weights reference = Weights.open(BUILT_IN_VIDEO);
                WanVaeDecoder decoder = WanVaeDecoder.load(BUILT_IN);
                WanVaeEncoder encoder = WanVaeEncoder.load(BUILT_IN)) {
            Tensor latents = reference.tensor("large.final");
            Tensor frames = decoder.decode(latents);
            Tensor encoded = encoder.encode(frames);
            double latentError = TensorData.relativeL2(encoded, latents);
            double frameError = TensorData.relativeL2(decoder.decode(encoded), frames);
            assertTrue(latentError < 0.35, "latents: relative L2 " + latentError);
            assertTrue(frameError < 0.2, "frames: relative L2 " + frameError);
        }
    }

    @Test
    void memoryDoesNotGrowWithTheNumberOfFramesApartFromTheFrames() throws InterruptedException {
        try (TensorScope scope = TensorScope.open();
                WanVaeDecoder decoder = WanVaeDecoder.load(BUILT_IN)) {
            peakWhileDecoding(decoder, 5);
            long few = peakWhileDecoding(decoder, 5);
            long many = peakWhileDecoding(decoder, 17);
            long frames = 48L * 3 * 64 * 64 * Float.BYTES;
            long allowed = 64L << 20;
            assertTrue(many - few < frames + allowed, "grew by " + ((many - few) >> 20) + " MB");
        }
    }

    /** Largest resident size of the process, bytes, seen while {@code latentFrames} were decoded. */
    private static long peakWhileDecoding(WanVaeDecoder decoder, long latentFrames) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong peak = new AtomicLong();
        Thread watcher = new Thread(() -> {
            while (!done.get()) {
                peak.accumulateAndGet(Pointer.physicalBytes(), Math::max);
                Thread.onSpinWait();
            }
        });
        try (TensorScope scope = TensorScope.open()) {
            Tensor latents = SeededNoise.tensor(9, 1, PairCopies.latents().channels(), latentFrames, 8, 8);
            watcher.start();
            decoder.decode(latents);
        } finally {
            done.set(true);
            watcher.join();
        }
        return peak.get();
    }

    @Test
    void tilesOfATrainedAutoencoderBlendWithoutVisibleSeams() {
        try (TensorScope scope = TensorScope.open();
                Weights reference = Weights.open(BUILT_IN_VIDEO);
                WanVaeDecoder decoder = WanVaeDecoder.load(BUILT_IN)) {
            Tensor latents = reference.tensor("large.final").narrow(2, 0, 2).repeat(1, 1, 1, 1, 3);
            Tensor whole = decoder.decodeRaw(latents, Tiling.NONE);
            Tensor tiled = decoder.decodeRaw(latents, new Tiling(0, 12, 4));
            double error = tiled.sub(whole).square_().mean().item_float();
            double psnr = 10 * Math.log10(4 / error);
            assertTrue(psnr > 32, "PSNR " + psnr + " dB");
            assertEquals(0, TensorData.relativeL2(decoder.decodeRaw(latents, new Tiling(0, 24, 8)), whole));
        }
    }

    @Test
    void namesTheShapeOfALatentVideo() {
        try (WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN)) {
            assertEquals(new LatentShape(16, 5, 8, 12), decoder.latentShape(17, 64, 96));
            assertEquals(new LatentShape(16, 1, 2, 2), decoder.latentShape(1, 16, 16));
        }
        try (WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN, 1)) {
            assertEquals(new LatentShape(16, 1, 1, 3), decoder.latentShape(1, 8, 24));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            18 | 64 | 64 | num_frames 18 is not 4k+1; nearest are 17 and 21
            0 | 64 | 64 | num_frames 0 is not 4k+1; nearest is 1
            -7 | 64 | 64 | num_frames -7 is not 4k+1; nearest is 1
            2147483647 | 64 | 64 | num_frames 2147483647 is not 4k+1; nearest are 2147483645 and 2147483649
            17 | 100 | 64 | height 100 is not a multiple of 16; nearest are 96 and 112
            17 | 64 | 8 | width 8 is not a multiple of 16; nearest is 16
            """)
    void namesTheNearestPossibleSizes(int frames, int height, int width, String message) {
        try (WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN)) {
            IllegalArgumentException refusal =
                    assertThrows(IllegalArgumentException.class, () -> decoder.latentShape(frames, height, width));
            assertEquals(message, refusal.getMessage());
        }
    }

    @Test
    void refusesTensorsOfAnotherShape() {
        try (TensorScope scope = TensorScope.open();
                WanVaeDecoder decoder = WanVaeDecoder.load(VaeFolder.WAN);
                WanVaeEncoder encoder = WanVaeEncoder.load(VaeFolder.WAN)) {
            Tensor latents = SeededNoise.tensor(1, 1, 4, 1, 2, 2);
            assertEquals(
                    "latents have shape [1, 4, 1, 2, 2], expected [batch, 16, frames, height, width]",
                    assertThrows(IllegalArgumentException.class, () -> decoder.decode(latents))
                            .getMessage());
            Tensor frames = SeededNoise.tensor(1, 1, 3, 6, 16, 16);
            assertEquals(
                    "frames have shape [1, 3, 6, 16, 16], expected [batch, 3, 4k+1, multiple of 8, multiple of 8]",
                    assertThrows(IllegalArgumentException.class, () -> encoder.encode(frames))
                            .getMessage());
        }
    }
}
