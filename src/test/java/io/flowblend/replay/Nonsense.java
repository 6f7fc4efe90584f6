package io.flowblend.replay;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A model that gives NaN, at the cost of another one. */
record Nonsense(VelocityModel like) implements VelocityModel {
    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        return x.mul(new Scalar(Double.NaN));
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return like.cost(latents, textTokens);
    }

    @Override
    public long parameters() {
        return 0;
    }

    @Override
    public void close() {}
}
