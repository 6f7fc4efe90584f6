package io.flowblend.model;

import io.flowblend.tensor.Placement;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A model of two networks of one architecture and size, one for the noise levels from a boundary on and one for those below
 * (Wan 2.2 A14B). Both stay in memory; a forward runs one of them.
 */
public final class TwoExperts implements VelocityModel {
    private final VelocityModel high;
    private final VelocityModel low;
    private final NoiseBoundary boundary;

    /**
     * Takes over both.
     *
     * @param high for the levels from the boundary on
     * @param low for those below; lies where {@code high} does
     */
    public TwoExperts(VelocityModel high, VelocityModel low, NoiseBoundary boundary) {
        this.high = high;
        this.low = low;
        this.boundary = boundary;
    }

    /** The same two with another boundary; closing either closes both. */
    public TwoExperts splitAt(NoiseBoundary other) {
        return new TwoExperts(high, low, other);
    }

    /** The same boundary between models that are made from these two; closing the one leaves the other as it is. */
    public TwoExperts with(UnaryOperator<VelocityModel> high, UnaryOperator<VelocityModel> low) {
        return new TwoExperts(high.apply(this.high), low.apply(this.low), boundary);
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        return (boundary.isAbove(sigma) ? low : high).velocity(x, sigma, condition);
    }

    @Override
    public void makeReady() {
        high.makeReady();
        low.makeReady();
    }

    @Override
    public Placement placement() {
        return high.placement();
    }

    @Override
    public long workingBytes(LatentShape latents, int textTokens) {
        return Math.max(high.workingBytes(latents, textTokens), low.workingBytes(latents, textTokens));
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return high.cost(latents, textTokens);
    }

    @Override
    public long parameters() {
        return high.parameters() + low.parameters();
    }

    @Override
    public void close() {
        high.close();
        low.close();
    }
}
