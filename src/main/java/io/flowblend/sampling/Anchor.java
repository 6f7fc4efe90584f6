package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The unknown part w of a source where it was known last, and where it was known before that; see {@link Source} for the
 * rule that predicts from it. Its tensors belong to the scope that they were made in, as those of {@link SolverState}.
 *
 * @param by source of the velocity that advanced the step
 * @param sigma noise level of the step
 * @param unknown {@code w_a}, of the shape of the latents
 * @param earlier {@code w_b}, if the same source advanced that step; otherwise a change of the source would count as slope
 */
public record Anchor(Source by, double sigma, Tensor unknown, Optional<Earlier> earlier) {
    /**
     * The step before.
     *
     * @param sigma its noise level, above that of the anchor
     * @param unknown {@code w_b}
     */
    public record Earlier(double sigma, Tensor unknown) {
        /** What the slope between this step and {@code anchor} adds up to at a lower level, over {@code w_a - w_b}. */
        double reach(Anchor anchor, double lowerSigma) {
            return (lowerSigma - anchor.sigma) / (anchor.sigma - sigma);
        }
    }

    static Anchor after(Optional<Anchor> last, Source by, double sigma, Tensor unknown) {
        Optional<Earlier> earlier = last.filter(before -> before.by == by && before.sigma > sigma)
                .map(before -> new Earlier(before.sigma, before.unknown));
        return new Anchor(by, sigma, unknown, earlier);
    }

    /**
     * {@code known + gain (w_a + slopeShare s)} with {@code s = slope_a (sigma - sigma_a)}.
     *
     * @param known the part of the velocity that is known; empty if none is
     */
    Tensor predict(Optional<Tensor> known, double lowerSigma, double gain, double slopeShare) {
        Tensor sum = known.map(part -> part.add(unknown, new Scalar(gain)))
                .orElseGet(() -> gain == 1 ? unknown : unknown.mul(new Scalar(gain)));
        if (slopeShare == 0 || earlier.isEmpty()) {
            return sum;
        }
        Earlier before = earlier.get();
        double share = gain * slopeShare * before.reach(this, lowerSigma);
        return sum.add(unknown.sub(before.unknown), new Scalar(share));
    }

    void own() {
        TensorScope.own(unknown);
        earlier.ifPresent(before -> TensorScope.own(before.unknown));
    }

    void close() {
        unknown.close();
        earlier.ifPresent(before -> before.unknown.close());
    }
}
