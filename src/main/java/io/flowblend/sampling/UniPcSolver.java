package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.sampling.SolverState.Past;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * UniPC in its data-prediction form with {@code B_2(h) = e^h - 1} (Zhao et al. 2023, arXiv 2302.04867, algorithms 5 to
 * 8), as Wan uses it. Each step first corrects the latents that the last step predicted (UniC, from the data seen there
 * now), then predicts the next ones (UniP). It warms up from order 1, and ends with lower orders because
 * {@code lambda = infinity} at sigma 0: the last step is of order 1, where it gives the predicted data themselves.
 *
 * @param order largest order p of the predictor, 1..3; the corrector brings the method's order to p + 1
 * @param uncorrectedSteps steps whose outcome is not corrected in the next one, from 0
 */
public record UniPcSolver(int order, Set<Integer> uncorrectedSteps) implements Solver {
    public UniPcSolver {
        if (order < 1 || order > 3) {
            throw new IllegalArgumentException("order of unipc has to be 1, 2 or 3, but is " + order);
        }
    }

    /** Every step is corrected. */
    public UniPcSolver(int order) {
        this(order, Set.of());
    }

    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        Tensor data = Multistep.data(state.x(), velocity, step.sigma());
        List<Past> past = state.past();
        Tensor x = past.isEmpty() || uncorrectedSteps.contains(step.index() - 1)
                ? state.x()
                : Multistep.correct(
                        past.subList(0, orderAt(step.index() - 1, step.count(), past.size())), data, step.sigma());
        List<Past> known = new ArrayList<>(order);
        known.add(new Past(step.sigma(), x, data));
        known.addAll(past.subList(0, Math.min(past.size(), order - 1)));
        Tensor next = Multistep.predict(
                known.subList(0, orderAt(step.index(), step.count(), known.size())), step.nextSigma());
        return new SolverState(next, known);
    }

    /** The order that fits what is known at a step, and the steps that are left, itself included. */
    private int orderAt(int index, int count, int known) {
        return Math.min(Math.min(order, count - index), known);
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.uniPc(steps, shift);
    }
}
