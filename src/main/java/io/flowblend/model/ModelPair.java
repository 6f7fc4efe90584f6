package io.flowblend.model;

import java.util.Optional;

/**
 * A pair in memory: both velocity models, text encoder and decoder, resident together. Closing it frees them all.
 *
 * @param fingerprint tells these two velocity models from any others, 32 hexadecimal digits
 * @param firstFrameEncoder encodes a given first frame; empty where the models cannot go on from one
 */
public record ModelPair(
        PairSpec spec,
        String fingerprint,
        VelocityModel large,
        VelocityModel small,
        TextEncoder textEncoder,
        LatentDecoder decoder,
        Optional<LatentEncoder> firstFrameEncoder)
        implements AutoCloseable {
    /** The large model; where it is of two experts, with another noise level between them if one is given. */
    public VelocityModel large(Optional<NoiseBoundary> boundary) {
        return large instanceof TwoExperts experts && boundary.isPresent() ? experts.splitAt(boundary.get()) : large;
    }

    @Override
    public void close() {
        large.close();
        small.close();
        textEncoder.close();
        decoder.close();
        firstFrameEncoder.ifPresent(LatentEncoder::close);
    }
}
