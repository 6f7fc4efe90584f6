package io.flowblend.pipeline;

import io.flowblend.calibration.Source;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.Placement;
import java.util.List;
import java.util.Locale;

/**
 * What a request takes of a device's memory beside the models, estimated before anything of it is made, so that one that
 * cannot be done is refused with a reason instead of running out of memory on the way.
 *
 * @param device that at least one of the two models is on
 * @param forwardBytes of one pass of the larger of the models on it
 * @param keptBytes of what the steps keep beside a forward: what the controller's sources build on, and its readings
 * @param otherBytes of the prompt's encoding or of the frames and their decoding, whichever is more
 * @param availableBytes that are free now
 */
record RequestMemory(String device, long forwardBytes, long keptBytes, long otherBytes, long availableBytes) {
    static final String CODE = "out_of_memory";

    private static final double GIB = 1L << 30;

    /** Of each source: its unknown part, that at its anchor and the slope there, in float32. */
    private static final long ANCHOR_BYTES = 3 * Float.BYTES;

    /** Of each source the same three once more in double precision while a step is read; and of the velocity. */
    private static final long READING_BYTES = 3 * Double.BYTES;

    /** Of each device in use, the large model's first: latents, text encoder and decoder are there. */
    static List<RequestMemory> of(ModelPair pair, LatentShape latents) {
        int positions = pair.textEncoder().positions();
        Placement large = pair.large().placement();
        Placement small = pair.small().placement();
        long ofLarge = pair.large().workingBytes(latents, positions);
        long ofSmall = pair.small().workingBytes(latents, positions);
        long other = Math.max(pair.textEncoder().workingBytes(), pair.decoder().workingBytes(latents));
        if (small.device().equals(large.device())) {
            return List.of(on(large, Math.max(ofLarge, ofSmall), kept(latents), other));
        }
        return List.of(on(large, ofLarge, kept(latents), other), on(small, ofSmall, 0, 0));
    }

    private static long kept(LatentShape latents) {
        long values = latents.channels() * latents.positions();
        return values * (Source.CHEAP.size() * (ANCHOR_BYTES + READING_BYTES) + Double.BYTES);
    }

    private static RequestMemory on(Placement placement, long forward, long kept, long other) {
        return new RequestMemory(placement.device(), forward, kept, other, Devices.availableBytes(placement));
    }

    /** Whether a forward of {@code rows} samples, with what the steps keep, takes at most {@code share} of what is free. */
    boolean allows(int rows, double share) {
        return rows * forwardBytes + keptBytes <= share * availableBytes;
    }

    /**
     * Refuses what does not fit.
     *
     * @param rows of the batch that passes are made with
     * @throws GenerationFailedException with code {@link #CODE}
     */
    void require(int rows) {
        long needed = Math.max(rows * forwardBytes + keptBytes, otherBytes);
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
