package io.flowblend.model;

import org.bytedeco.pytorch.Tensor;

/** A network that predicts the velocity {@code v = noise - data} of a flow. */
public interface VelocityModel extends AutoCloseable {
    /**
     * @param x latents {@code [B, C, F, H, W]}
     * @param sigma noise level, 1 = pure noise, 0 = data; the same for the whole batch
     * @param condition text embeddings with the same batch size as {@code x}
     * @return velocity in the shape of {@code x}
     */
    Tensor velocity(Tensor x, double sigma, Condition condition);

    /** Cost of one pass for one sample of {@code latents} with {@code textTokens} embedded text positions. */
    ForwardCost cost(LatentShape latents, int textTokens);

    long parameters();

    /** Frees the weights. */
    @Override
    void close();
}
