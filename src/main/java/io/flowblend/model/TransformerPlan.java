package io.flowblend.model;

import io.flowblend.tensor.Placement;
import java.util.function.ToIntFunction;

/**
 * What a transformer's config says of its size, without its weights.
 *
 * @param cost its arithmetic
 * @param parameters number of weights
 * @param tokens video tokens of latents of a shape; fails with an {@link IllegalArgumentException} if they do not fit
 */
public record TransformerPlan(TransformerCost cost, long parameters, ToIntFunction<LatentShape> tokens) {
    /** Cost of one pass of one sample. */
    public ForwardCost forward(LatentShape latents, int textTokens) {
        return cost.forward(tokens.applyAsInt(latents), textTokens);
    }

    /** What one pass of one sample takes beside the weights, bytes, as {@link VelocityModel#workingBytes} says. */
    public long workingBytes(LatentShape latents, int textTokens, Placement placement) {
        return cost.workingBytes(tokens.applyAsInt(latents), textTokens, placement.bytes());
    }
}
