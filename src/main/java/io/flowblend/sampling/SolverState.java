package io.flowblend.sampling;

import io.flowblend.tensor.TensorScope;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a run stands between two steps: all that is needed to go on. It never changes, and the solver's part does not say
 * which model made it, so the model may change at any step.
 *
 * <p>Its tensors belong to the scope that they were made in. {@link #own()} gives a share that outlives it, until
 * {@link #close()}.
 *
 * @param x latents at the current noise level
 * @param past what the solver remembers of the steps before, newest first
 * @param last the velocity that a model computed last, which a REUSED step carries on; empty at the beginning
 */
public record SolverState(Tensor x, List<Past> past, Optional<Computed> last) implements AutoCloseable {
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

    SolverState(Tensor x, List<Past> past) {
        this(x, past, Optional.empty());
    }

    SolverState with(Computed velocity) {
        return new SolverState(x, past, Optional.of(velocity));
    }

    /** The beginning of a run, or of a segment of one, without memory. */
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
        last.ifPresent(Computed::own);
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
        last.ifPresent(Computed::close);
    }
}
