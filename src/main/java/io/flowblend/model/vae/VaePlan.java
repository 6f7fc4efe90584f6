package io.flowblend.model.vae;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;

/**
 * What a video autoencoder's config says of the size of its decoding half, without its weights.
 *
 * @param grid how latents lie in a video
 * @param frameChannels channels of a frame
 * @param working numbers at work for frames or tiles of a size
 */
public record VaePlan(LatentGrid grid, int frameChannels, Working working) {
    private static final double KEPT = 3;
    private static final double MOST_KEPT = 320 << 20;

    /** Numbers that decoding holds at once besides weights and finished frames. */
    public interface Working {
        /** @param height height of the frame or tile, latents; {@code width} likewise */
        double numbers(long height, long width);
    }

    /**
     * What decoding one video takes, bytes, as {@link LatentDecoder#workingBytes} says. Decoders compute in float32. The C
     * library's heap, and weights brought into the order that a convolution wants, took up to three times what is at work
     * where that is little, and never above 320 MiB.
     */
    public long workingBytes(LatentShape latents) {
        Tiling tiling = Tiling.standard(grid.spatial());
        boolean whole = (long) latents.height() * latents.width() <= tiling.largestWhole();
        long height = whole ? latents.height() : Math.min(latents.height(), tiling.side());
        long width = whole ? latents.width() : Math.min(latents.width(), tiling.side());
        double atWork = Float.BYTES * working.numbers(height, width);
        return (long) (atWork + Math.min(KEPT * atWork, MOST_KEPT)) + grid.frameBytes(latents, frameChannels);
    }
}
