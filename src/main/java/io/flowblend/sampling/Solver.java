package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.model.PairSpec;
import io.flowblend.model.SolverForm;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Advances the latents by one step along the flow {@code dx / dsigma = v(x, sigma)}. Stateless. */
public sealed interface Solver permits EulerSolver, UniPcSolver, DpmPlusPlusSolver, HeunSolver, LcmSolver {
    /**
     * The state after {@code step}. The result's tensors belong to the calling thread's innermost scope or are those of
     * {@code state}.
     *
     * @param state where the run stands, at {@code step.sigma()}
     * @param velocity v at that state, in the shape of its x
     */
    SolverState step(SolverState state, Tensor velocity, Step step);

    /** Whether a step asks for the velocity at its end, too, to be {@link #corrected}. */
    default boolean corrects(Step step) {
        return false;
    }

    /**
     * The state after {@code step}, from the velocities at both of its ends.
     *
     * @param state where the run stood before it
     * @param velocity v there
     * @param atEnd v where {@link #step} led
     */
    default SolverState corrected(SolverState state, Tensor velocity, Tensor atEnd, Step step) {
        throw new IllegalStateException("this solver corrects no step");
    }

    /** The levels that this solver is used with. */
    SigmaSchedule schedule(int steps, double shift);

    /**
     * The solver of a pair.
     *
     * @param seed of the request, for solvers that draw noise in their steps
     * @param givenFrames latent frames at the start that are data and stay
     */
    static Solver of(PairSpec.Sampling sampling, long seed, int givenFrames) {
        return switch (sampling.solver()) {
            case "lcm" -> new LcmSolver(new SeededStepNoise(seed), givenFrames);
            default -> of(sampling.solver(), sampling.order(), sampling.form(), new SeededStepNoise(seed));
        };
    }

    /**
     * @param name {@code euler}, {@code heun}, {@code unipc} or {@code dpm++}
     * @param order 1..3 for unipc and dpm++; of no meaning for the others
     */
    static Solver of(String name, int order) {
        return of(name, order, SolverForm.PLAIN, (step, like) -> like);
    }

    /** @param noise of each step, for the forms that draw it */
    static Solver of(String name, int order, SolverForm form, StepNoise noise) {
        return switch (name) {
            case "euler" -> new EulerSolver();
            case "heun" -> new HeunSolver();
            case "unipc" -> new UniPcSolver(order, Set.copyOf(form.uncorrectedSteps()));
            case "dpm++" -> new DpmPlusPlusSolver(
                    order, form.heun(), form.noise() ? Optional.of(noise) : Optional.empty());
            default -> throw new IllegalArgumentException(
                    "solver has to be one of euler, heun, unipc, dpm++, but is '" + name + "'");
        };
    }
}
