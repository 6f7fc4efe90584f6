package io.flowblend.model;

/**
 * A pair in memory: both velocity models, text encoder and decoder, resident together. Closing it frees all four.
 *
 * @param fingerprint tells these two velocity models from any others, 32 hexadecimal digits
 */
public record ModelPair(
        PairSpec spec,
        String fingerprint,
        VelocityModel large,
        VelocityModel small,
        TextEncoder textEncoder,
        LatentDecoder decoder)
        implements AutoCloseable {
    @Override
    public void close() {
        large.close();
        small.close();
        textEncoder.close();
        decoder.close();
    }
}
