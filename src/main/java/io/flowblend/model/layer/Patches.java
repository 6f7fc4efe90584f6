package io.flowblend.model.layer;

import io.flowblend.model.LatentShape;
import org.bytedeco.pytorch.Tensor;

/**
 * How latents are cut into the patches that a transformer reads as tokens.
 *
 * @param frames patch size in latent frames
 * @param height patch size in latent rows
 * @param width patch size in latent columns
 * @param longestSide most patches along one axis
 */
public record Patches(int frames, int height, int width, int longestSide) {
    /** Latents in one patch. */
    public int volume() {
        return frames * height * width;
    }

    /**
     * The patches that latents of {@code shape} are cut into.
     *
     * @throws IllegalArgumentException if they do not divide evenly, or are more along one axis than the model knows
     */
    public PatchGrid grid(LatentShape shape) {
        return new PatchGrid(
                count("frames", shape.frames(), frames),
                count("height", shape.height(), height),
                count("width", shape.width(), width));
    }

    private int count(String axis, int size, int patch) {
        if (size % patch != 0) {
            throw new IllegalArgumentException(
                    "the latents' " + axis + " " + size + " is not a multiple of the patch size " + patch);
        }
        if (size / patch > longestSide) {
            throw new IllegalArgumentException("the latents' " + axis + " " + size + " is above the model's limit of "
                    + (long) longestSide * patch);
        }
        return size / patch;
    }

    /** Latents {@code [B, C, F, H, W]} as rows {@code [B N, C pf ph pw]}, one patch a row. */
    public Tensor rows(Tensor x, PatchGrid grid) {
        long channels = x.size(1);
        return x.reshape(x.size(0), channels, grid.frames(), frames, grid.height(), height, grid.width(), width)
                .permute(0, 2, 4, 6, 1, 3, 5, 7)
                .reshape(-1, channels * volume());
    }
}
