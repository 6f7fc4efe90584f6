package io.flowblend.model.vae;

import io.flowblend.model.LatentShape;
import io.flowblend.model.VideoSteps;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Tensor;

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

    /** The sizes and lengths that are possible. */
    public VideoSteps steps() {
        return new VideoSteps(spatial * patch, temporal);
    }

    /**
     * Latents {@code [B, C, f, h, w]} of frames, video by video.
     *
     * @param frames {@code [B, videoChannels, F, H, W]}, of a number and size that leave no rest
     * @param encode fills one video's latents {@code [C, f, h, w]} from its frames {@code [videoChannels, F, H, W]}
     * @throws IllegalArgumentException if the frames have another shape
     */
    public Tensor encode(Tensor frames, int videoChannels, BiConsumer<Tensor, Tensor> encode) {
        requireFrames(frames, videoChannels);
        Tensor latents = frames.new_empty(
                frames.size(0),
                channels,
                1 + (frames.size(2) - 1) / temporal,
                frames.size(3) / spatial,
                frames.size(4) / spatial);
        for (long video = 0; video < frames.size(0); video++) {
            encode.accept(latents.select(0, video), frames.select(0, video));
        }
        return latents;
    }

    /**
     * Frames {@code [B, frameChannels, F, H, W]} of latents, video by video.
     *
     * @param latents {@code [B, C, f, h, w]}
     * @param decode fills one video's frames {@code [frameChannels, F, H, W]} from its latents {@code [C, f, h, w]}
     * @throws IllegalArgumentException if the latents have another shape
     */
    public Tensor decode(Tensor latents, int frameChannels, BiConsumer<Tensor, Tensor> decode) {
        requireLatents(latents);
        Tensor frames = latents.new_empty(
                latents.size(0),
                frameChannels,
                frames(LatentShape.of(latents)),
                latents.size(3) * spatial,
                latents.size(4) * spatial);
        for (long video = 0; video < latents.size(0); video++) {
            decode.accept(frames.select(0, video), latents.select(0, video));
        }
        return frames;
    }

    /** Number of frames that latents stand for. */
    public long frames(LatentShape latents) {
        return 1 + (latents.frames() - 1L) * temporal;
    }

    /**
     * Bytes that a decoded video takes on its way to whole pixels: in float32, and beside that in single bytes as they are
     * decoded, in order, and in the heap.
     */
    public long frameBytes(LatentShape latents, int channels) {
        long pixels = (long) latents.height() * latents.width() * spatial * spatial;
        return frames(latents) * pixels * channels * (Float.BYTES + 3);
    }

    private void requireFrames(Tensor frames, int videoChannels) {
        boolean good = frames.dim() == 5
                && frames.size(1) == videoChannels
                && frames.size(2) % temporal == 1 % temporal
                && frames.size(3) % spatial == 0
                && frames.size(4) % spatial == 0;
        if (!good) {
            throw new IllegalArgumentException(
                    "frames have shape " + VaeLoading.shape(frames) + ", expected [batch, " + videoChannels + ", "
                            + temporal + "k+1, multiple of " + spatial + ", multiple of " + spatial + "]");
        }
    }

    /** @throws IllegalArgumentException if they are not {@code [B, C, f, h, w]} */
    public void requireLatents(Tensor latents) {
        if (latents.dim() != 5 || latents.size(1) != channels) {
            throw new IllegalArgumentException("latents have shape " + VaeLoading.shape(latents) + ", expected [batch, "
                    + channels + ", frames, height, width]");
        }
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
