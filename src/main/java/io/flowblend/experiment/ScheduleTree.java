package io.flowblend.experiment;

import io.flowblend.control.StaticPolicy;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SolverState;
import io.flowblend.sampling.StepListener;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Runs many static schedules from one noise and makes every common beginning once: the 128 eighth patterns that begin
 * with L take 255 segments instead of 1024. Depth first, so that at most one state a branching is held.
 */
public final class ScheduleTree {
    private final SamplingSpec whole;
    private final StepListener steps;
    private final Visitor visitor;
    private final FlowSampler sampler = new FlowSampler();

    /** Sees the end of each schedule, in alphabetical order. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param letters the schedule
         * @param latents where it ended; valid during the call
         */
        void finished(String letters, Tensor latents);
    }

    private ScheduleTree(SamplingSpec whole, StepListener steps, Visitor visitor) {
        this.whole = whole;
        this.steps = steps;
        this.visitor = visitor;
    }

    /**
     * Runs them on the calling thread.
     *
     * @param whole a run from noise
     * @param schedules one letter a step, L or S; the same one twice is run once
     * @param steps hears of every step that is made
     */
    public static void run(SamplingSpec whole, Collection<String> schedules, StepListener steps, Visitor visitor) {
        List<String> distinct = List.copyOf(new TreeSet<>(schedules));
        if (!distinct.isEmpty()) {
            new ScheduleTree(whole, steps, visitor).branch(distinct, 0, whole.start());
        }
    }

    /** @param schedules sorted, all alike up to {@code from} */
    private void branch(List<String> schedules, int from, SolverState state) {
        String first = schedules.get(0);
        int fork = alike(first, schedules.get(schedules.size() - 1));
        SamplingSpec piece = whole.from(from, state).until(fork);
        @Nullable SolverState[] reached = new SolverState[1];
        try (Sampled sampled =
                sampler.sample(piece, StaticPolicy.of(first, first.length(), 0, 0), steps, (next, at) -> {
                    if (next == fork && fork < first.length()) {
                        reached[0] = at.own();
                    }
                })) {
            if (fork == first.length()) {
                visitor.finished(first, sampled.latents());
                return;
            }
        }
        try (SolverState end = Objects.requireNonNull(reached[0])) {
            int split = firstWith(schedules, fork, 'S');
            branch(schedules.subList(0, split), fork, end);
            branch(schedules.subList(split, schedules.size()), fork, end);
        }
    }

    /** Length of the common beginning; of a sorted list's first and last it is that of all. */
    private static int alike(String a, String b) {
        int length = 0;
        while (length < a.length() && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return length;
    }

    private static int firstWith(List<String> schedules, int position, char letter) {
        int index = 0;
        while (schedules.get(index).charAt(position) != letter) {
            index++;
        }
        return index;
    }
}
