package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Heun's method, order 2: an Euler step to {@code x'}, and from the velocity v' there
 * {@code x_{k+1} = x_k + (sigma_{k+1} - sigma_k) (v_k + v') / 2}. The last step ends at 0, where no model is asked, and stays
 * Euler's. Both velocities of a step come from one source.
 */
public record HeunSolver() implements Solver {
    private static final EulerSolver EULER = new EulerSolver();

    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        return EULER.step(state, velocity, step);
    }

    @Override
    public boolean corrects(Step step) {
        return !step.isLast();
    }

    @Override
    public SolverState corrected(SolverState state, Tensor velocity, Tensor atEnd, Step step) {
        try (TensorScope scope = TensorScope.open()) {
            double half = (step.nextSigma() - step.sigma()) / 2;
            return SolverState.fresh(scope.keep(state.x().add(velocity.add(atEnd), new Scalar(half))));
        }
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.euler(steps, shift);
    }
}
