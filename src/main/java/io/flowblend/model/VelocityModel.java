package io.flowblend.model;

import io.flowblend.tensor.Placement;
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

    /** Brings the weights into memory, where that was left for later. */
    default void makeReady() {}

    /** Where the model lies. {@code x} and the condition may lie elsewhere; the velocity comes back to where x is, in its format. */
    default Placement placement() {
        return Placement.CPU;
    }

    /**
     * Bytes on the model's device that one pass for one sample takes beside the weights, estimated; 0 where nothing is known.
     *
     * @param textTokens embedded text positions
     */
    default long workingBytes(LatentShape latents, int textTokens) {
        return 0;
    }

    /** Cost of one pass for one sample of {@code latents} with {@code textTokens} embedded text positions. */
    ForwardCost cost(LatentShape latents, int textTokens);

    long parameters();

    /** Frees the weights. */
    @Override
    void close();
}
