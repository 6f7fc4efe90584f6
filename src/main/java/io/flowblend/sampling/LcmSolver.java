package io.flowblend.sampling;

import io.flowblend.control.Step;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Multistep consistency sampling (Luo et al. 2023, arXiv 2310.04378, algorithm 3) on flow levels: the data that the velocity
 * points to, noised anew to the next level, {@code x_{k+1} = (1 - sigma_{k+1}) (x_k - sigma_k v_k) + sigma_{k+1} n_k}. What
 * models that are distilled to few steps are made for.
 *
 * @param noise n of each step
 * @param givenFrames latent frames at the start that are data and stay
 */
public record LcmSolver(StepNoise noise, int givenFrames) implements Solver {
    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        Tensor data = Multistep.data(state.x(), velocity, step.sigma());
        if (step.isLast()) {
            return SolverState.fresh(data);
        }
        Tensor next = data.mul(new Scalar(1 - step.nextSigma()))
                .add_(noise.at(step, state.x()), new Scalar(step.nextSigma()));
        if (givenFrames > 0) {
            next.narrow(2, 0, givenFrames).copy_(state.x().narrow(2, 0, givenFrames));
        }
        return SolverState.fresh(next);
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.euler(steps, shift);
    }
}
