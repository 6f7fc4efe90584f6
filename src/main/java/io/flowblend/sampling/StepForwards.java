package io.flowblend.sampling;

import io.flowblend.control.Role;
import io.flowblend.control.Step;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The forwards of one step at its latents, each checked and timed, and what they cost together. */
final class StepForwards {
    private static final System.Logger LOG = System.getLogger(StepForwards.class.getName());
    private static final double NANOS = 1e-9;

    private final SamplingSpec spec;
    private final Step step;
    private final Tensor x;
    private final LongSupplier nanoTime;
    private double largeSeconds;
    private double smallSeconds;
    private double flops;

    StepForwards(SamplingSpec spec, Step step, Tensor x, LongSupplier nanoTime) {
        this.spec = spec;
        this.step = step;
        this.x = x;
        this.nanoTime = nanoTime;
    }

    /**
     * The large model's guided velocity.
     *
     * @throws NonFiniteVelocityException if it is not finite
     */
    Tensor large() {
        long start = nanoTime.getAsLong();
        try {
            Tensor velocity =
                    spec.guidance().velocity(spec.large(), x, spec.schedule().modelSigma(step.index()));
            flops += spec.guidance().cost(spec.large(), spec.latentShape()).total();
            if (!isFinite(velocity)) {
                throw new NonFiniteVelocityException(Role.LARGE, step);
            }
            return velocity;
        } finally {
            largeSeconds += (nanoTime.getAsLong() - start) * NANOS;
        }
    }

    /** The small model's guided velocity; empty if the model failed or it is not finite. */
    Optional<Tensor> small() {
        long start = nanoTime.getAsLong();
        try {
            Tensor velocity =
                    spec.guidance().velocity(spec.small(), x, spec.schedule().modelSigma(step.index()));
            flops += spec.guidance().cost(spec.small(), spec.latentShape()).total();
            if (isFinite(velocity)) {
                return Optional.of(velocity);
            }
            warn("gave a non-finite velocity");
        } catch (RuntimeException failure) {
            warn("failed: "
                    + String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
        } finally {
            smallSeconds += (nanoTime.getAsLong() - start) * NANOS;
        }
        return Optional.empty();
    }

    double largeSeconds() {
        return largeSeconds;
    }

    double smallSeconds() {
        return smallSeconds;
    }

    /** Total floating point operations of the forwards that came to an end. */
    double flops() {
        return flops;
    }

    /**
     * One sum and one number read: a NaN or an infinite value makes the sum so, and in float32 finite velocities do not
     * add up to infinity. Reading it also waits for the device, so that the time taken is the forward's.
     */
    private static boolean isFinite(Tensor velocity) {
        return Double.isFinite(
                velocity.sum(new ScalarTypeOptional(ScalarType.Float)).item_double());
    }

    private void warn(String what) {
        LOG.log(
                System.Logger.Level.WARNING,
                "the SMALL model {0} at step {1} of {2}; LARGE advances",
                what,
                step.index(),
                step.count());
    }
}
