package io.flowblend.sampling;

import io.flowblend.control.Step;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The Euler method, order 1: {@code x_{k+1} = x_k + (sigma_{k+1} - sigma_k) v_k}. Exact where the flow is straight. */
public record EulerSolver() implements Solver {
    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        return SolverState.fresh(state.x().add(velocity, new Scalar(step.nextSigma() - step.sigma())));
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.euler(steps, shift);
    }
}
