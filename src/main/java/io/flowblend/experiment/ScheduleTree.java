package io.flowblend.experiment;

import io.flowblend.control.StaticPolicy;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SolverState;
import io.flowblend.sampling.StateListener;
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
     * @param schedules one letter a step, L, S or R; the same one twice is run once
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
        int fork = alike(schedules.get(0), schedules.get(schedules.size() - 1));
        if (fork == from) {
            fork(schedules, fork, state);
        } else {
            goOn(schedules, from, fork, state);
        }
    }

    private void fork(List<String> schedules, int at, SolverState state) {
        int split = firstOther(schedules, at);
        branch(schedules.subList(0, split), at, state);
        branch(schedules.subList(split, schedules.size()), at, state);
    }

    private void goOn(List<String> schedules, int from, int to, SolverState state) {
        String letters = schedules.get(0);
        boolean ends = to == letters.length();
        SamplingSpec piece = whole.from(from, state).until(to);
        @Nullable SolverState[] reached = new SolverState[1];
        StateListener keep = (next, at) -> {
            if (next == to && !ends) {
                reached[0] = at.own();
            }
        };
        try (Sampled sampled = sampler.sample(piece, StaticPolicy.of(letters, letters.length(), 0, 0), steps, keep)) {
            if (ends) {
                visitor.finished(letters, sampled.latents());
                return;
            }
        }
        try (SolverState end = Objects.requireNonNull(reached[0])) {
            fork(schedules, to, end);
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

    /** Index of the first schedule that goes on with another letter than the first one. */
    private static int firstOther(List<String> schedules, int position) {
        char letter = schedules.get(0).charAt(position);
        int index = 1;
        while (schedules.get(index).charAt(position) == letter) {
            index++;
        }
        return index;
    }
}
