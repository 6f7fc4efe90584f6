package io.flowblend.sampling;

import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VelocityModel;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A velocity field in closed form. A forward of one sample costs {@code flops}. */
record ClosedForm(double flops, Field field) implements VelocityModel {
    interface Field {
        Tensor velocity(Tensor x, double sigma, Condition condition);
    }

    /** A pair that differs a little, of which SMALL costs a tenth. */
    static final ClosedForm LARGE = new ClosedForm(100, normalData(0.5).field());

    static final ClosedForm SMALL = new ClosedForm(10, normalData(0.4).field());

    /**
     * The exact velocity when the data are normal with mean 0 and deviation s:
     * {@code v = (sigma - (1 - sigma) s^2) / (sigma^2 + (1 - sigma)^2 s^2) x}.
     */
    static ClosedForm normalData(double s) {
        return new ClosedForm(1, (x, sigma, condition) -> normalData(s, x, sigma));
    }

    static Tensor normalData(double s, Tensor x, double sigma) {
        double rest = (1 - sigma) * s * s;
        return x.mul(new Scalar((sigma - rest) / (sigma * sigma + (1 - sigma) * rest)));
    }

    /** Where the flow of {@link #normalData(double)} takes 1 between two levels: the ratio of the deviations of x. */
    static double normalDataFlow(double s, double from, double to) {
        return Math.hypot(to, (1 - to) * s) / Math.hypot(from, (1 - from) * s);
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        return field.velocity(x, sigma, condition);
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        return new ForwardCost(flops / 2, flops);
    }

    @Override
    public long parameters() {
        return 0;
    }

    @Override
    public void close() {}
}
