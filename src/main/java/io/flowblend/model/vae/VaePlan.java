package io.flowblend.model.vae;

import io.flowblend.model.LatentShape;

/**
 * What a video autoencoder's config says of the size of its decoding half, without its weights.
 *
 * @param grid how latents lie in a video
 * @param frameChannels channels of a frame
 * @param working numbers at work for frames or tiles of a size
 */
public record VaePlan(LatentGrid grid, int frameChannels, Working working) {
    /** Numbers that decoding holds at once besides weights and finished frames. */
    public interface Working {
        /** @param height height of the frame or tile, latents; {@code width} likewise */
        double numbers(long height, long width);
    }

    /** Numbers that decoding one video holds at once besides the weights, the video among them. */
    public double workingNumbers(LatentShape latents) {
        Tiling tiling = Tiling.standard(grid.spatial());
        boolean whole = (long) latents.height() * latents.width() <= tiling.largestWhole();
        long height = whole ? latents.height() : Math.min(latents.height(), tiling.side());
        long width = whole ? latents.width() : Math.min(latents.width(), tiling.side());
        double frames = 1 + (latents.frames() - 1.0) * grid.temporal();
        double pixels = (double) latents.height() * latents.width() * grid.spatial() * grid.spatial();
        return working.numbers(height, width) + frames * pixels * frameChannels;
    }
}
