package io.flowblend.model;

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

    /** Numbers that a forward of {@code batch} samples holds at once besides the weights. */
    public double workingNumbers(LatentShape latents, int textTokens, int batch) {
        return cost.workingNumbers(tokens.applyAsInt(latents), textTokens, batch);
    }
}
