package io.flowblend.sampling;

import io.flowblend.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The solver's part of where a run stands between two steps. It never changes, and does not say which source made it, so
 * the source may change at any step.
 *
 * <p>Its tensors belong to the scope that they were made in. {@link #own()} gives a share that outlives it, until
 * {@link #close()}.
 *
 * @param x latents at the current noise level
 * @param past what the solver remembers of the steps before, newest first
 */
public record SolverState(Tensor x, List<Past> past) implements AutoCloseable {
    /**
     * A step that was made.
     *
     * @param sigma noise level at its start
     * @param x latents there, after correction
     * @param data the data that was predicted there, {@code x - sigma v}
     */
    public record Past(double sigma, Tensor x, Tensor data) {}

    public SolverState {
        past = List.copyOf(past);
    }

    /** The beginning of a run, or of a part of one, without memory. */
    public static SolverState fresh(Tensor x) {
        return new SolverState(x, List.of());
    }

    /** This state with a share in its tensors, which the caller has to close. */
    public SolverState own() {
        TensorScope.own(x);
        for (Past step : past) {
            TensorScope.own(step.x());
            TensorScope.own(step.data());
        }
        return this;
    }

    /** Gives back one share taken by {@link #own()}. */
    @Override
    public void close() {
        x.close();
        for (Past step : past) {
            step.x().close();
            step.data().close();
        }
    }
}
