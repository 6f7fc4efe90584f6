package io.flowblend.sampling;

import io.flowblend.control.Role;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A velocity that a model computed, and its slope: what a REUSED step carries on. Its tensors belong to the scope that they
 * were made in, as those of {@link SolverState}.
 *
 * @param role the model
 * @param sigma noise level that it was computed at
 * @param velocity of the shape of the latents
 * @param slope its change per unit of sigma since the velocity before it, if the same model computed that
 */
public record Computed(Role role, double sigma, Tensor velocity, Optional<Tensor> slope) {

    static Computed after(Optional<Computed> last, Role role, double sigma, Tensor velocity) {
        Optional<Tensor> slope = last.filter(before -> before.role == role)
                .map(before -> velocity.sub(before.velocity).div(new Scalar(sigma - before.sigma)));
        return new Computed(role, sigma, velocity, slope);
    }

    /**
     * The velocity at a lower noise level.
     *
     * @param extrapolation share of the slope, 0 = the velocity as it is
     */
    Tensor carriedTo(double lowerSigma, double extrapolation) {
        return slope.filter(any -> extrapolation != 0)
                .map(change -> velocity.add(change, new Scalar(extrapolation * (lowerSigma - sigma))))
                .orElse(velocity);
    }

    void own() {
        TensorScope.own(velocity);
        slope.ifPresent(TensorScope::own);
    }

    void close() {
        velocity.close();
        slope.ifPresent(Tensor::close);
    }
}
