package io.flowblend.model.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TilingTest {
    private static final int FACTOR = 4;

    /** Enlarges each latent to 4x4 pixels: no pixel depends on any other latent. */
    private static void enlarge(Tensor latents, Consumer<Tensor> made) {
        Tensor frames = latents.transpose(0, 1);
        for (long frame = 0; frame < frames.size(0); frame++) {
            made.accept(torch.upsample_nearest2d(
                    frames.narrow(0, frame, 1), FACTOR * frames.size(2), FACTOR * frames.size(3)));
        }
    }

    /** As {@link #enlarge}, but the border of the tile comes out as 0, as the zeros around it spoil a convolution. */
    private static BiConsumer<Tensor, Consumer<Tensor>> spoilBorder(long width) {
        return (latents, made) -> {
            long height = latents.size(2) - 2 * width;
            Tensor inner = latents.narrow(2, width, height).narrow(3, width, latents.size(3) - 2 * width);
            enlarge(torch.constant_pad_nd(inner, width, width, width, width), made);
        };
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 2", "7, 8, 2", "8, 8, 2", "9, 8, 2", "15, 8, 2", "100, 16, 4", "3, 9, 3", "23, 9, 3", "6, 1, 0"})
    void coversEveryLengthWithTheFewestTilesThatFit(int length, int side, int overlap) {
        List<Tiling.Span> spans = new Tiling(0, side, overlap).spans(length);
        long end = 0;
        for (Tiling.Span span : spans) {
            assertEquals(end - span.before(), span.first());
            assertTrue(span.count() <= side, () -> span + " is longer than " + side);
            assertTrue(span.before() + span.after() <= span.count(), () -> "three tiles meet in " + span);
            end = span.first() + span.count();
        }
        assertEquals(length, end);
        assertEquals(0, spans.get(0).first());
        long fewer = spans.size() - 1L;
        assertTrue(fewer == 0 || fewer * (side - overlap) + overlap < length, "fewer tiles would do");
    }

    @Test
    void sharesOfAllTilesAddUpToOneInEveryPixel() {
        double[] sums = new double[37 * FACTOR];
        try (TensorScope scope = TensorScope.open()) {
            for (Tiling.Span span : new Tiling(0, 12, 4).spans(37)) {
                float[] shares = TensorData.toFloats(span.shares(FACTOR));
                for (int i = 0; i < shares.length; i++) {
                    assertTrue(shares[i] >= 0 && shares[i] <= 1);
                    sums[(int) span.first() * FACTOR + i] += shares[i];
                }
            }
        }
        for (double sum : sums) {
            assertEquals(1, sum, 1e-6);
        }
    }

    @Test
    void tilesOfADecoderThatLooksAtNoNeighboursGiveTheWholeFrame() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor latents = SeededNoise.tensor(1, 3, 2, 21, 34);
            Tensor whole = decode(Tiling.NONE, latents, TilingTest::enlarge);
            assertTrue(TensorData.relativeL2(decode(new Tiling(0, 10, 3), latents, TilingTest::enlarge), whole) < 1e-6);
        }
    }

    @Test
    void pixelsOfOneTileAloneAreThatTiles() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor latents = SeededNoise.tensor(2, 3, 1, 8, 30);
            Tiling tiling = new Tiling(0, 12, 4);
            Tensor difference = decode(tiling, latents, spoilBorder(2))
                    .sub(decode(Tiling.NONE, latents, spoilBorder(2)))
                    .abs();
            for (Tiling.Span span : tiling.spans(30)) {
                long first = span.first() + span.before();
                long count = span.count() - span.before() - span.after();
                assertEquals(
                        0,
                        difference
                                .narrow(3, first * FACTOR, count * FACTOR)
                                .max()
                                .item_float());
            }
            assertTrue(difference.max().item_float() > 0, "the seams are not spoilt, so the test shows nothing");
        }
    }

    @Test
    void bordersThatAreSpoiltAsWideAsAQuarterOfTheOverlapLeaveNoTrace() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor latents = SeededNoise.tensor(2, 3, 1, 8, 30);
            Tensor whole = decode(Tiling.NONE, latents, spoilBorder(1));
            assertTrue(TensorData.relativeL2(decode(new Tiling(0, 12, 4), latents, spoilBorder(1)), whole) < 1e-6);
        }
    }

    @Test
    void fadesFromOneTileToTheNextWithoutAStep() {
        try (TensorScope scope = TensorScope.open()) {
            int[] tile = {0};
            float[] row =
                    TensorData.toFloats(decode(new Tiling(0, 12, 4), torch.zeros(3, 1, 1, 20), (latents, made) -> {
                                tile[0]++;
                                enlarge(latents.add(new Scalar(tile[0])), made);
                            })
                            .select(0, 0)
                            .select(0, 0)
                            .select(0, 0));
            assertEquals(2, tile[0]);
            assertEquals(1, row[0]);
            assertEquals(2, row[row.length - 1]);
            for (int i = 1; i < row.length; i++) {
                float step = row[i] - row[i - 1];
                assertTrue(step >= 0 && step <= 1f / 8 + 1e-6, "step of " + step);
            }
        }
    }

    @Test
    void oneTileGivesExactlyTheWholeFrame() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor latents = SeededNoise.tensor(3, 3, 2, 8, 9);
            Tensor whole = decode(Tiling.NONE, latents, spoilBorder(2));
            assertEquals(0, TensorData.relativeL2(decode(new Tiling(0, 9, 3), latents, spoilBorder(2)), whole));
        }
    }

    @Test
    void decodesFramesUpToTheLimitWholeAndLargerOnesInTiles() {
        assertEquals(List.of("60x104"), tiles(Tiling.standard(8), 60, 104));
        assertEquals(List.of("15x26"), tiles(Tiling.standard(32), 15, 26));
        assertEquals(6, tiles(Tiling.standard(8), 90, 160).size());
        assertEquals(6, tiles(Tiling.standard(32), 22, 40).size());
        assertTrue(tiles(Tiling.standard(8), 270, 480).stream()
                .flatMapToLong(tile ->
                        LongStream.of(Long.parseLong(tile.split("x", 2)[0]), Long.parseLong(tile.split("x", 2)[1])))
                .allMatch(side -> side <= 64));
    }

    /** Height x width of each tile that a decoder is given. */
    private static List<String> tiles(Tiling tiling, long height, long width) {
        List<String> tiles = new ArrayList<>();
        try (TensorScope scope = TensorScope.open()) {
            tiling.decode(
                    torch.zeros(1, 1, height, width),
                    torch.zeros(3, 1, height, width),
                    (latents, made) -> tiles.add(latents.size(2) + "x" + latents.size(3)));
        }
        return tiles;
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "8, 3", "8, -1"})
    void refusesTilesThatOverlapTooMuch(int side, int overlap) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Tiling(0, side, overlap))
                .getMessage();
        assertEquals(
                "tiles of " + side + " latents with an overlap of " + overlap
                        + ": the overlap has to be 0 to a third of the side",
                message);
    }

    private static Tensor decode(Tiling tiling, Tensor latents, BiConsumer<Tensor, Consumer<Tensor>> decoder) {
        Tensor frames = torch.empty(3, latents.size(1), FACTOR * latents.size(2), FACTOR * latents.size(3));
        tiling.decode(latents, frames, decoder);
        return frames;
    }
}
