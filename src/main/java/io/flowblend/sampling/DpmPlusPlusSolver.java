package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.sampling.SolverState.Past;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * DPM-Solver++(2M), order 2, midpoint form (Lu et al. 2022, arXiv 2211.01095, algorithm 2). Its step is that of UniP-2
 * with {@code B_2}; it has no corrector, and its first and last step are of order 1.
 */
public record DpmPlusPlusSolver() implements Solver {
    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        List<Past> known = new ArrayList<>(2);
        known.add(new Past(step.sigma(), state.x(), Multistep.data(state.x(), velocity, step.sigma())));
        if (!state.past().isEmpty()) {
            known.add(state.past().get(0));
        }
        Tensor next = Multistep.predict(step.isLast() ? known.subList(0, 1) : known, step.nextSigma());
        return new SolverState(next, known);
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.dpmPlusPlus(steps, shift);
    }
}
