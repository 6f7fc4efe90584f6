package io.flowblend.model;

import org.bytedeco.pytorch.Tensor;

/** The decoding half of a pair's video autoencoder. */
public interface LatentDecoder extends AutoCloseable {
    /** Channels of a frame: red, green and blue. */
    int CHANNELS = 3;

    /** Frames {@code [B, 3, F, H, W]} in 0..1 from latents {@code [B, C, f, h, w]} as the velocity models see them. */
    Tensor decode(Tensor latents);

    /**
     * The latents' shape for a video of that many frames and pixels.
     *
     * @throws IllegalArgumentException if this one is not possible; the message begins with {@code num_frames},
     *     {@code height} or {@code width} and names the nearest values that are
     */
    LatentShape latentShape(int frames, int height, int width);

    /** The sizes and lengths for which {@link #latentShape} has one. */
    VideoSteps steps();

    /**
     * Bytes that decoding one video takes beside the weights, estimated: its frames, and what is at work on the way to them;
     * 0 where nothing is known.
     */
    default long workingBytes(LatentShape latents) {
        return 0;
    }

    @Override
    void close();
}
