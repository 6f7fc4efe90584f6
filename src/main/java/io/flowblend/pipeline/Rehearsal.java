package io.flowblend.pipeline;

import io.flowblend.control.Step;
import io.flowblend.divergence.VelocityDivergence;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * One request made by LARGE alone, and then by other schedules from the very same states, to learn how far they end from
 * it. No video comes of it. A schedule starts from where LARGE stood before its first SMALL step, so nothing is computed
 * twice: a replay of the last eighth costs an eighth of a run.
 *
 * <p>It can be left between any two steps and taken up again, from any thread, one at a time. Until it is closed it holds
 * the states at the beginnings of the schedules that are still to be replayed.
 */
public interface Rehearsal extends AutoCloseable {
    /**
     * Goes on until everything is done or it shall give way, which is asked after each step. A video that waits for the
     * pair counts as being asked.
     *
     * @return whether everything is done
     * @throws GenerationFailedException if the large model fails
     */
    boolean advance(BooleanSupplier giveWay);

    /** Share of the work that is done, 0..1, by cost. */
    double fractionDone();

    /** Seconds spent in both models so far. */
    double seconds();

    /** What came of it so far. */
    Result result();

    /** Frees what is held. */
    @Override
    void close();

    /**
     * @param sigmas noise levels of the run, steps + 1 of them, falling; empty before the first step
     * @param probes the velocity divergences along the LARGE run, if they were asked for: one for each step on which SMALL
     *     gave a finite velocity
     * @param changes of LARGE's velocity along its run, for each step to the one before it; 0 for the first
     * @param replays those that are finished, in the order asked; the first one comes after the whole LARGE run
     * @param flops floating point operations spent
     */
    record Result(List<Double> sigmas, List<Probe> probes, List<Double> changes, List<Replay> replays, double flops) {
        public Result {
            sigmas = List.copyOf(sigmas);
            probes = List.copyOf(probes);
            changes = List.copyOf(changes);
            replays = List.copyOf(replays);
        }
    }

    /** The velocity divergence at the latents of the LARGE run. */
    record Probe(Step step, VelocityDivergence divergence) {}

    /**
     * @param letters the schedule, a letter for each step as in {@code Trace.schedule}
     * @param cost of the whole schedule over that of LARGE alone, probes included
     * @param deviation relative L2 of its latents to those of LARGE alone, 0 and up; empty if SMALL failed on the way, or
     *     the policy fell back
     */
    record Replay(String letters, double cost, OptionalDouble deviation) {}
}
