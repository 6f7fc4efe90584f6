package io.flowblend.model;

/** A pair in memory: both velocity models, text encoder and decoder, resident together. Closing it frees all four. */
public record ModelPair(
        PairSpec spec, VelocityModel large, VelocityModel small, TextEncoder textEncoder, LatentDecoder decoder)
        implements AutoCloseable {
    @Override
    public void close() {
        large.close();
        small.close();
        textEncoder.close();
        decoder.close();
    }
}
