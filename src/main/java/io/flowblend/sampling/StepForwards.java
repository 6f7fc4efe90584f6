package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Step;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.TensorScope;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
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
    private double largeFlops;
    private double smallFlops;

    /**
     * The velocities of a probe.
     *
     * @param small empty if the model failed or it is not finite
     */
    record Both(Guidance.Guided large, Optional<Tensor> small) {}

    StepForwards(SamplingSpec spec, Step step, Tensor x, LongSupplier nanoTime) {
        this.spec = spec;
        this.step = step;
        this.x = x;
        this.nanoTime = nanoTime;
    }

    /**
     * The large model's guided velocity, and the guidance difference if it is tracked.
     *
     * @throws NonFiniteVelocityException if it is not finite
     */
    Guidance.Guided large() {
        boolean withDifference = spec.tracked().stream().anyMatch(source -> source.anchor() == Source.Anchor.LARGE);
        return byLarge(
                () -> spec.guidance().guided(spec.large(), x, modelSigma(), withDifference),
                Guidance.Guided::velocity,
                spec.guidance()
                        .at(modelSigma())
                        .cost(spec.large(), spec.latentShape())
                        .total());
    }

    /**
     * The large model's velocity under the prompt alone.
     *
     * @throws NonFiniteVelocityException if it is not finite
     */
    Tensor conditional() {
        return byLarge(
                () -> spec.guidance().conditional(spec.large(), x, modelSigma()),
                velocity -> velocity,
                spec.guidance()
                        .conditionalCost(spec.large(), spec.latentShape())
                        .total());
    }

    private <T> T byLarge(Supplier<T> forward, Function<T, Tensor> velocity, double cost) {
        long start = nanoTime.getAsLong();
        try {
            T made = forward.get();
            largeFlops = cost;
            if (!isFinite(velocity.apply(made))) {
                throw new NonFiniteVelocityException(Source.LARGE, step);
            }
            return made;
        } finally {
            largeSeconds += (nanoTime.getAsLong() - start) * NANOS;
        }
    }

    private double modelSigma() {
        return spec.schedule().modelSigma(step.index());
    }

    /** The small model's guided velocity; empty if the model failed or it is not finite. */
    Optional<Tensor> small() {
        return small(x);
    }

    private Optional<Tensor> small(Tensor latents) {
        long start = nanoTime.getAsLong();
        try {
            Tensor velocity = spec.smallGuidance().velocity(spec.small(), latents, modelSigma());
            smallFlops = spec.smallGuidance()
                    .at(modelSigma())
                    .cost(spec.small(), spec.latentShape())
                    .total();
            if (isFinite(velocity)) {
                return Optional.of(velocity);
            }
            warn("gave a non-finite velocity");
        } catch (RuntimeException failure) {
            warnOf(failure);
        } finally {
            smallSeconds += (nanoTime.getAsLong() - start) * NANOS;
        }
        return Optional.empty();
    }

    /**
     * Both guided velocities, on the device of the latents. Models on one device run one after the other. On two devices
     * they run at the same time, SMALL on a thread of its own, so that whatever makes one wait (a copy, a full queue of a
     * GPU, its own computing on the CPU) does not hold up the other, and each is timed by itself.
     *
     * @throws NonFiniteVelocityException if the large model's is not finite
     */
    Both both() {
        if (spec.large().placement().device().equals(spec.small().placement().device())) {
            return new Both(large(), small());
        }
        Tensor near;
        try {
            // Before LARGE's forward is queued: a copy between GPUs waits for all that was queued before it on both.
            near = spec.small().placement().exact().here(x);
        } catch (RuntimeException failure) {
            warnOf(failure);
            return new Both(large(), Optional.empty());
        }
        CompletableFuture<Optional<Tensor>> small = smallBeside(near);
        Guidance.Guided large;
        try {
            large = large();
        } catch (RuntimeException | Error failure) {
            small.join().ifPresent(Tensor::close);
            throw failure;
        }
        return new Both(large, small.join().map(this::adopted));
    }

    /** Begins SMALL's forward on another thread, with as many native threads as here; its velocity has no owner yet. */
    @SuppressWarnings("try") // scope and guard are there for what their closing ends
    private CompletableFuture<Optional<Tensor>> smallBeside(Tensor latents) {
        int threads = NativeRuntime.threads();
        return CompletableFuture.supplyAsync(
                () -> {
                    NativeRuntime.useThreads(threads);
                    try (TensorScope scope = TensorScope.open();
                            NoGradGuard inferenceOnly = new NoGradGuard()) {
                        return small(latents).map(TensorScope::own);
                    }
                },
                work -> new Thread(work, "probe-of-small").start());
    }

    /** A velocity without owner where the latents are, owned by the calling thread's scope. */
    private Tensor adopted(Tensor velocity) {
        try (velocity) {
            return velocity.to(x);
        }
    }

    double largeSeconds() {
        return largeSeconds;
    }

    double smallSeconds() {
        return smallSeconds;
    }

    /** Total floating point operations of the forwards that came to an end. */
    double flops() {
        return largeFlops + smallFlops;
    }

    /**
     * One sum and one number read: a NaN or an infinite value makes the sum so, and in float32 finite velocities do not
     * add up to infinity. Reading it also waits for the device, so that the time taken is the forward's.
     */
    private static boolean isFinite(Tensor velocity) {
        return Double.isFinite(
                velocity.sum(new ScalarTypeOptional(ScalarType.Float)).item_double());
    }

    private void warnOf(RuntimeException failure) {
        Devices.examine(); // a GPU that is lost would only make every video slower
        warn("failed: " + NativeRuntime.firstLine(failure));
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
