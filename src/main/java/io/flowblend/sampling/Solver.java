package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.model.PairSpec;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Advances the latents by one step along the flow {@code dx / dsigma = v(x, sigma)}. Stateless. */
public sealed interface Solver permits EulerSolver, UniPcSolver, DpmPlusPlusSolver {
    /**
     * The state after {@code step}. The result's tensors belong to the calling thread's innermost scope or are those of
     * {@code state}.
     *
     * @param state where the run stands, at {@code step.sigma()}
     * @param velocity v at that state, in the shape of its x
     */
    SolverState step(SolverState state, Tensor velocity, Step step);

    /** The levels that this solver is used with. */
    SigmaSchedule schedule(int steps, double shift);

    /** The solver of a pair. */
    static Solver of(PairSpec.Sampling sampling) {
        return sampling.solver().equals("unipc")
                ? new UniPcSolver(sampling.order(), Set.copyOf(sampling.uncorrectedSteps()))
                : of(sampling.solver(), sampling.order());
    }

    /**
     * @param name {@code euler}, {@code unipc} or {@code dpm++}
     * @param order 1..3 for unipc; of no meaning for the others
     */
    static Solver of(String name, int order) {
        return switch (name) {
            case "euler" -> new EulerSolver();
            case "unipc" -> new UniPcSolver(order);
            case "dpm++" -> new DpmPlusPlusSolver();
            default -> throw new IllegalArgumentException(
                    "solver has to be one of euler, unipc, dpm++, but is '" + name + "'");
        };
    }
}
