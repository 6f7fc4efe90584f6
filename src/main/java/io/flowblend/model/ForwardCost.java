package io.flowblend.model;

/**
 * Floating point operations (2 per multiply-add) of one forward pass of one sample.
 *
 * @param linear linear layers only, as the FlowBlending paper counts them
 * @param total {@code linear} plus the attention products {@code q k^T} and {@code p v}
 */
public record ForwardCost(double linear, double total) {
    public ForwardCost times(double passes) {
        return new ForwardCost(linear * passes, total * passes);
    }

    public ForwardCost plus(ForwardCost other) {
        return new ForwardCost(linear + other.linear, total + other.total);
    }
}
