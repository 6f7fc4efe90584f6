package io.flowblend.sampling;

/** Sees the solver's state after each step, for checkpoints and replays. An exception from it ends the run. */
@FunctionalInterface
public interface StateListener {
    StateListener NONE = (nextStep, state) -> {};

    /**
     * @param nextStep index of the step that would go on from {@code state}; the number of steps after the last
     * @param state valid during the call; {@link SolverState#own()} keeps it
     */
    void onState(int nextStep, SolverState state);
}
