package io.flowblend.model.vae;

import io.flowblend.model.LatentShape;

/**
 * How a video's latents lie in it. The first latent frame stands for one frame, each later one for {@code temporal}.
 *
 * @param channels channels of the latents
 * @param spatial pixels along one side of a latent
 * @param temporal frames that one latent frame behind the first stands for
 * @param patch latents a side of the patches that the pair's transformers read
 */
public record LatentGrid(int channels, int spatial, int temporal, int patch) {
    /**
     * The latents' shape for a video of that many frames and pixels.
     *
     * @throws IllegalArgumentException if this one is not possible, naming the nearest values that are
     */
    public LatentShape shape(int frames, int height, int width) {
        int side = spatial * patch;
        requireStep("num_frames", frames, temporal, 1);
        requireStep("height", height, side, 0);
        requireStep("width", width, side, 0);
        return new LatentShape(channels, 1 + (frames - 1) / temporal, height / spatial, width / spatial);
    }

    /** Fails, naming the nearest good values, unless {@code value} is {@code step * k + rest} and positive. */
    private static void requireStep(String name, int value, int step, int rest) {
        long least = rest == 0 ? step : rest;
        if (value >= least && (value - rest) % step == 0) {
            return;
        }
        String rule = rest == 0 ? "a multiple of " + step : step + "k+" + rest;
        long below = rest + Math.floorDiv((long) value - rest, (long) step) * step;
        String nearest = below < least ? "nearest is " + least : "nearest are " + below + " and " + (below + step);
        throw new IllegalArgumentException(name + " " + value + " is not " + rule + "; " + nearest);
    }
}
