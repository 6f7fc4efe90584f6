package io.flowblend.sampling;

import io.flowblend.control.Role;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A velocity that a model computed, and the one before it: what a REUSED step carries on. Its tensors belong to the scope that they
 * were made in, as those of {@link SolverState}.
 *
 * @param role the model
 * @param sigma noise level that it was computed at
 * @param velocity of the shape of the latents
 * @param earlier the velocity before it, if the same model computed that; it gives the slope
 */
public record Computed(Role role, double sigma, Tensor velocity, Optional<Earlier> earlier) {
    /** A velocity and the noise level that it was computed at. */
    public record Earlier(double sigma, Tensor velocity) {}

    static Computed after(Optional<Computed> last, Role role, double sigma, Tensor velocity) {
        Optional<Earlier> earlier =
                last.filter(before -> before.role == role).map(before -> new Earlier(before.sigma, before.velocity));
        return new Computed(role, sigma, velocity, earlier);
    }

    /**
     * The velocity at a lower noise level.
     *
     * @param extrapolation share of the slope, 0 = the velocity as it is
     */
    Tensor carriedTo(double lowerSigma, double extrapolation) {
        return earlier.filter(any -> extrapolation != 0)
                .map(before -> velocity.add(slope(before), new Scalar(extrapolation * (lowerSigma - sigma))))
                .orElse(velocity);
    }

    private Tensor slope(Earlier before) {
        return velocity.sub(before.velocity).div(new Scalar(sigma - before.sigma));
    }

    void own() {
        TensorScope.own(velocity);
        earlier.ifPresent(before -> TensorScope.own(before.velocity));
    }

    void close() {
        velocity.close();
        earlier.ifPresent(before -> before.velocity.close());
    }
}
