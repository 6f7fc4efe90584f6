package io.flowblend.pipeline;

import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.VelocityModel;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.Placement;
import java.util.Locale;

/**
 * What a request takes of a device's memory beside the models, estimated before anything of it is made, so that one that
 * cannot be done is refused with a reason instead of running out of memory on the way.
 *
 * @param device of the large model, where the latents are and the frames are made
 * @param forwardBytes of one pass of the larger of the two models on that device
 * @param decodeBytes of the frames and of what the decoder works with
 * @param availableBytes that are free now
 */
record RequestMemory(String device, long forwardBytes, long decodeBytes, long availableBytes) {
    static final String CODE = "out_of_memory";

    /** A frame's values, float32, as the decoder makes them, scaled and rounded. */
    private static final double FRAME_COPIES = 3;

    private static final int CHANNELS = 3;

    /** A decoder's widest layers: 96 channels at full size, float32, four frames, about four of them alive at a time. */
    private static final double SCRATCH_A_PIXEL = 96 * 4 * 4 * 4;

    /** Frames above this many pixels are decoded in tiles. */
    private static final long LARGEST_TILE = 832 * 480;

    private static final double GIB = 1L << 30;

    static RequestMemory of(ModelPair pair, VideoRequest request, LatentShape latents) {
        Placement placement = pair.large().placement();
        int positions = pair.textEncoder().positions();
        long forward = pair.large().workingBytes(latents, positions);
        VelocityModel small = pair.small();
        if (small.placement().device().equals(placement.device())) {
            forward = Math.max(forward, small.workingBytes(latents, positions));
        }
        double pixels = (double) request.width() * request.height();
        double frames = FRAME_COPIES * CHANNELS * Float.BYTES * pixels * request.frames();
        double scratch = SCRATCH_A_PIXEL * Math.min(pixels, LARGEST_TILE);
        return new RequestMemory(
                placement.device(), forward, (long) (frames + scratch), Devices.availableBytes(placement));
    }

    /**
     * Refuses what does not fit.
     *
     * @param rows of the batch that passes are made with
     * @throws GenerationFailedException with code {@link #CODE}
     */
    void require(int rows) {
        long needed = Math.max(rows * forwardBytes, decodeBytes);
        if (needed > availableBytes) {
            throw new GenerationFailedException(
                    CODE,
                    String.format(
                            Locale.ROOT,
                            "The video needs about %.1f GiB of memory beside the models, %.1f GiB are free on the %s; ask"
                                    + " for a smaller size or fewer frames.",
                            needed / GIB,
                            availableBytes / GIB,
                            device.equals("cpu") ? "machine" : "GPU"));
        }
    }
}
