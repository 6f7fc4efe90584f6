package io.flowblend.model;

import org.bytedeco.pytorch.Tensor;

/** The encoding half of a pair's video autoencoder, where the pair's models can go on from given frames. */
public interface LatentEncoder extends AutoCloseable {
    /** Latents {@code [B, C, f, h, w]} as the velocity models see them, from frames {@code [B, 3, F, H, W]} in 0..1. */
    Tensor encode(Tensor frames);

    @Override
    void close();
}
