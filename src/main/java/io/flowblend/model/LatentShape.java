package io.flowblend.model;

import org.bytedeco.pytorch.Tensor;

/** Shape of one video's latents, [channels, frames, height, width], without the batch dimension. */
public record LatentShape(int channels, int frames, int height, int width) {
    public LatentShape {
        if (channels < 1 || frames < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException("latent sizes have to be positive");
        }
    }

    /** The shape of the videos in {@code x [B, C, F, H, W]}. */
    public static LatentShape of(Tensor x) {
        if (x.dim() != 5) {
            throw new IllegalArgumentException("latents have " + x.dim() + " dimensions, expected [B, C, F, H, W]");
        }
        return new LatentShape(
                Math.toIntExact(x.size(1)),
                Math.toIntExact(x.size(2)),
                Math.toIntExact(x.size(3)),
                Math.toIntExact(x.size(4)));
    }

    /** Positions of a video: frames times rows times columns. */
    public long positions() {
        return (long) frames * height * width;
    }

    public long[] batched(long batch) {
        return new long[] {batch, channels, frames, height, width};
    }
}
