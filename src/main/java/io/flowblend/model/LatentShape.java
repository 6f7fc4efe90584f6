package io.flowblend.model;

/** Shape of one video's latents, [channels, frames, height, width], without the batch dimension. */
public record LatentShape(int channels, int frames, int height, int width) {
    public LatentShape {
        if (channels < 1 || frames < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException("latent sizes have to be positive");
        }
    }

    public long[] batched(long batch) {
        return new long[] {batch, channels, frames, height, width};
    }
}
