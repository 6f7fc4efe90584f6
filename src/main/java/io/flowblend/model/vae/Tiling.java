package io.flowblend.model.vae;

import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * Decodes large frames in tiles, so that the memory at work does not grow with the frame: the tiles overlap, and where
 * they do, each fades into the next in a straight line. A pixel that one tile alone covers is that tile's. The fading takes
 * the middle half of the overlap, for a tile's outermost pixels are the ones that the zeros around it spoil: on the built-in
 * pair's decoder (tiles of 12 latents, overlap 4) this comes to within 30.9 dB of the untiled frame, fading over the whole overlap
 * to 26.4 dB.
 *
 * @param largestWhole height x width, in latents, up to which frames are decoded whole
 * @param side largest height and width of a tile, latents
 * @param overlap latents that neighbouring tiles share, 0 to a third of {@code side}, so that no three of them meet
 *     along one side
 */
public record Tiling(long largestWhole, int side, int overlap) {
    /** Every frame whole, whatever its size. */
    public static final Tiling NONE = new Tiling(Long.MAX_VALUE, 1, 0);

    private static final int WHOLE_PIXELS = 832 * 480;
    private static final int SIDE_PIXELS = 512;
    private static final int OVERLAP_PIXELS = 128;

    public Tiling {
        if (side < 1 || overlap < 0 || 3L * overlap > side) {
            throw new IllegalArgumentException("tiles of " + side + " latents with an overlap of " + overlap
                    + ": the overlap has to be 0 to a third of the side");
        }
    }

    /**
     * What serves the published autoencoders: frames up to 832x480 pixels whole, as their makers decode them, larger ones
     * in tiles of at most 512x512 that share 128.
     *
     * @param spatial pixels along one side of a latent
     */
    public static Tiling standard(int spatial) {
        int side = Math.max(1, SIDE_PIXELS / spatial);
        return new Tiling(
                WHOLE_PIXELS / ((long) spatial * spatial), side, Math.min(side / 3, OVERLAP_PIXELS / spatial));
    }

    /**
     * Decodes one video.
     *
     * @param latents [C, f, h, w]
     * @param frames filled with the video, [3, F, H, W]; H and W are the same multiple of h and w
     * @param decoder decodes a tile of the latents and hands on its frames {@code [n, 3, H, W]}, a few at a time from the
     *     first to the last
     */
    public void decode(Tensor latents, Tensor frames, BiConsumer<Tensor, Consumer<Tensor>> decoder) {
        long height = latents.size(2);
        long width = latents.size(3);
        if (height * width <= largestWhole) {
            decoder.accept(latents, inOrder(frames, Tensor::copy_));
            return;
        }
        long factor = frames.size(2) / height;
        frames.zero_();
        for (Span rows : spans(height)) {
            for (Span columns : spans(width)) {
                try (TensorScope scope = TensorScope.open()) {
                    Tensor share = rows.shares(factor)
                            .view(-1, 1)
                            .mul(columns.shares(factor))
                            .to(frames);
                    Tensor place = columns.of(rows.of(frames, 2, factor), 3, factor);
                    decoder.accept(
                            columns.of(rows.of(latents, 2, 1), 3, 1),
                            inOrder(place, (target, made) -> target.addcmul_(made, share)));
                }
            }
        }
    }

    /** Hands {@code write} the frames that come, with their place in {@code frames}; both as [3, n, H, W]. */
    private static Consumer<Tensor> inOrder(Tensor frames, BiConsumer<Tensor, Tensor> write) {
        long[] done = {0};
        return made -> {
            try (TensorScope scope = TensorScope.open()) {
                long count = made.size(0);
                write.accept(frames.narrow(1, done[0], count), made.transpose(0, 1));
                done[0] += count;
            }
        };
    }

    /** The fewest tiles that cover {@code length} latents, all equally long, give or take one latent. */
    List<Span> spans(long length) {
        long count = Math.max(1, ceilDiv(length - overlap, side - overlap));
        List<Span> spans = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long first = i * (length - overlap) / count;
            long end = i + 1 < count ? (i + 1) * (length - overlap) / count + overlap : length;
            spans.add(new Span(first, end - first, i > 0 ? overlap : 0, i + 1 < count ? overlap : 0));
        }
        return spans;
    }

    private static long ceilDiv(long value, long divisor) {
        return -Math.floorDiv(-value, divisor);
    }

    /**
     * One tile's part of one side of the frame, latents.
     *
     * @param before how many it shares with the tile before it
     * @param after how many it shares with the tile after it
     */
    record Span(long first, long count, long before, long after) {
        /** This part of {@code tensor} along {@code dimension}, which has {@code factor} entries for each latent. */
        Tensor of(Tensor tensor, long dimension, long factor) {
            return tensor.narrow(dimension, first * factor, count * factor);
        }

        /** The tile's share in each of its pixels along this side; those of all tiles add up to 1. */
        Tensor shares(long factor) {
            float[] shares = new float[Math.toIntExact(count * factor)];
            for (int i = 0; i < shares.length; i++) {
                shares[i] =
                        Math.min(rising(i, before * factor), 1 - rising(i - (count - after) * factor, after * factor));
            }
            return TensorData.floats(shares, shares.length);
        }

        /** From 0 to 1 along the middle half of {@code length} pixels, at the middle of pixel {@code index}. */
        private static float rising(long index, long length) {
            return length == 0 ? (index < 0 ? 0 : 1) : Math.max(0, Math.min(1, 2 * (index + 0.5f) / length - 0.5f));
        }
    }
}
