package io.flowblend.model.wan.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.vae.VaeFolder;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class WanVaeLayersTest {
    private static final double ROUNDING = 1e-6;

    @Test
    void causalConvolutionInChunksEqualsTheWholeThreeDimensionalConvolution() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.WAN)) {
            String name = "decoder.mid_block.resnets.0.conv1";
            WanVaeCausalConv conv = WanVaeCausalConv.read(weights, name, 16, 16, 3, 1);
            Tensor frames = frames(7, 16, 5, 6);
            Tensor padded = torch.constant_pad_nd(frames.transpose(0, 1).unsqueeze(0), 1, 1, 1, 1, 2, 0);
            Tensor expected = torch.conv3d(
                            padded,
                            weights.tensor(name + ".weight"),
                            new TensorOptional(weights.tensor(name + ".bias")),
                            new long[] {1, 1, 1},
                            new long[] {0, 0, 0},
                            new long[] {1, 1, 1},
                            1)
                    .squeeze(0)
                    .transpose(0, 1);
            assertNear(expected, inChunks(conv, frames, 1, 1, 4, 1));
            assertNear(expected, inChunks(conv, frames, 7));
        }
    }

    @Test
    void convolvesFramesThatAreTooLargeToFoldTogetherOneByOne() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.WAN)) {
            WanVaeCausalConv conv = WanVaeCausalConv.read(weights, "decoder.conv_out", 4, 3, 3, 1);
            Tensor frames = frames(5, 4, 700, 512);
            Tensor expected = inChunks(conv, frames, 1, 4).narrow(2, 0, 100);
            assertNear(expected, inChunks(conv, frames.narrow(2, 0, 101), 1, 4).narrow(2, 0, 100));
        }
    }

    @Test
    void encoderGivesTheSameForManyFramesInOneChunk() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.WAN)) {
            WanVaeNetwork encoder = WanVaeNetwork.encoder(WanVaeConfig.read(VaeFolder.WAN), weights);
            Tensor frames = frames(13, 3, 16, 24);
            assertNear(inChunks(encoder, frames, 1, 12), inChunks(encoder, frames, 1, 4, 4, 4));
        }
    }

    @Test
    void decoderGivesTheSameForManyFramesInOneChunk() {
        try (TensorScope scope = TensorScope.open();
                Weights weights = Weights.open(VaeFolder.WAN)) {
            WanVaeNetwork decoder = WanVaeNetwork.decoder(WanVaeConfig.read(VaeFolder.WAN), weights);
            Tensor frames = frames(4, 16, 2, 3);
            assertNear(inChunks(decoder, frames, 1, 3), inChunks(decoder, frames, 1, 1, 1, 1));
        }
    }

    @Test
    void worksThroughFramesInGroupsThatFitTheScratchMemory() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = frames(5, 2, 3, 4);
            List<Long> groups = new ArrayList<>();
            Tensor result = VaeFrames.inGroups(5, 1L << 22, (first, count) -> {
                groups.add(count);
                return frames.narrow(0, first, count).clone();
            });
            assertEquals(List.of(2L, 2L, 1L), groups);
            assertEquals(0, TensorData.relativeL2(result, frames));
        }
    }

    private static Tensor frames(long... shape) {
        return VaeFrames.channelsLast(SeededNoise.tensor(5, shape));
    }

    private static Tensor inChunks(WanVaeLayer layer, Tensor frames, long... chunks) {
        try (WanVaeHistory history = new WanVaeHistory()) {
            Tensor[] parts = new Tensor[chunks.length];
            long start = 0;
            for (int i = 0; i < chunks.length; i++) {
                parts[i] = layer.apply(frames.narrow(0, start, chunks[i]), history);
                start += chunks[i];
                history.endChunk();
            }
            return VaeFrames.join(0, parts);
        }
    }

    private static Tensor inChunks(WanVaeNetwork network, Tensor frames, long... chunks) {
        return inChunks((WanVaeLayer) network::apply, frames, chunks);
    }

    private static void assertNear(Tensor expected, Tensor actual) {
        double error = TensorData.relativeL2(actual, expected);
        assertTrue(error < ROUNDING, "relative L2 " + error);
    }
}
