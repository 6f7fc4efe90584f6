package io.flowblend.pipeline;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SolverState;
import io.flowblend.sampling.StepRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A rehearsal as a row of legs: LARGE alone first, then each act from the first step that is not LARGE to the end. Between two calls
 * only the state after the last step made is held, those that later legs start from, and who decides the leg under way.
 */
final class PairRehearsal implements Rehearsal {
    private final Studio studio;
    private final List<Act> acts;
    private final String largeLetters;
    private final FlowSampler sampler = new FlowSampler();
    private final Map<Integer, SolverState> starts = new HashMap<>();
    private final List<Probe> probes = new ArrayList<>();
    private final List<Double> changes = new ArrayList<>();
    private final List<Replay> replays = new ArrayList<>();
    private final double smallCost;
    private final double plannedWork;

    private List<Double> sigmas = List.of();
    private boolean largeDone;
    private @Nullable Tensor reference;
    private @Nullable SolverState current;
    private int nextStep;
    private @Nullable SwitchPolicy deciding;
    private String made = "";
    private boolean smallFailed;
    private double work;
    private double flops;
    private double seconds;

    /** Where sampling is done: the pair under its lock. */
    @FunctionalInterface
    interface Studio {
        /** Lets {@code work} sample while nobody else does; answers its answer. */
        boolean enter(BooleanSupplier giveWay, BiPredicate<RequestSampling, BooleanSupplier> work);
    }

    /** What is compared with LARGE alone. */
    sealed interface Act {
        /** The first step that may differ from LARGE alone; the number of steps if none does. */
        int first();

        /** Letters to expect from the first step on. */
        String expected();

        /** Who decides the leg. */
        SwitchPolicy policy(RequestSampling sampling);
    }

    /** @param letters L, S or R for each step, R not first */
    record Scheduled(String letters) implements Act {
        @Override
        public int first() {
            int first = 0;
            while (first < letters.length() && letters.charAt(first) == 'L') {
                first++;
            }
            return first;
        }

        @Override
        public String expected() {
            return letters.substring(first());
        }

        @Override
        public SwitchPolicy policy(RequestSampling sampling) {
            return new Leg(letters);
        }
    }

    /**
     * A policy that decides as it goes.
     *
     * @param steps of the run
     * @param control makes it
     */
    record Decided(int steps, Function<RequestSampling, RequestControl> control) implements Act {
        @Override
        public int first() {
            return 0;
        }

        @Override
        public String expected() {
            return "L".repeat(steps);
        }

        @Override
        public SwitchPolicy policy(RequestSampling sampling) {
            return control.apply(sampling);
        }
    }

    /** @param smallCost cost of a small step in units of a large one */
    PairRehearsal(Studio studio, List<Act> acts, int steps, boolean probed, double smallCost) {
        this.studio = studio;
        this.acts = List.copyOf(acts);
        this.largeLetters = (probed ? "P" : "L").repeat(steps);
        this.smallCost = smallCost;
        this.plannedWork = work(largeLetters)
                + acts.stream().mapToDouble(act -> work(act.expected())).sum();
    }

    /** Cost of a schedule in large steps. */
    private double work(String letters) {
        return letters.chars()
                .mapToDouble(letter -> switch (letter) {
                    case 'S' -> smallCost;
                    case 'P' -> 1 + smallCost;
                    case 'R' -> 0;
                    default -> 1;
                })
                .sum();
    }

    @Override
    public boolean advance(BooleanSupplier giveWay) {
        return done() || studio.enter(giveWay, this::go);
    }

    private boolean done() {
        return largeDone && replays.size() == acts.size();
    }

    private boolean go(RequestSampling sampling, BooleanSupplier giveWay) {
        sigmas = Arrays.stream(sampling.schedule().sigmas()).boxed().toList();
        double largeFlops = sampling.largeStepFlops();
        try {
            while (!done()) {
                makeLeg(sampling, largeFlops, giveWay);
            }
            return true;
        } catch (GaveWay e) {
            return false;
        }
    }

    private void makeLeg(RequestSampling sampling, double largeFlops, BooleanSupplier giveWay) {
        if (!largeDone) {
            reference = run(sampling, new Leg(largeLetters), largeFlops, giveWay);
            largeDone = true;
            return;
        }
        Act act = acts.get(replays.size());
        int first = act.first();
        OptionalDouble deviation = OptionalDouble.of(0);
        if (first < largeLetters.length()) {
            SwitchPolicy policy = deciding == null ? act.policy(sampling) : deciding;
            deciding = policy;
            if (current == null) {
                SolverState start = starts.get(first);
                nextStep = first;
                current = start == null ? null : start.own();
            }
            Tensor end = run(sampling, policy, largeFlops, giveWay);
            boolean asPlanned = !smallFailed && policy.fallback().isEmpty();
            deviation = asPlanned ? OptionalDouble.of(distance(end)) : OptionalDouble.empty();
            end.close();
        }
        String letters = "L".repeat(first) + made;
        replays.add(new Replay(letters, work(letters) / largeLetters.length(), deviation));
        deciding = null;
        made = "";
        smallFailed = false;
        free(first);
    }

    private double distance(Tensor end) {
        if (reference == null) {
            throw new IllegalStateException("LARGE alone comes first");
        }
        return DivergenceMeter.measure(reference, end).relativeL2();
    }

    /** Makes the rest of the leg under way; the caller owns the latents at its end. */
    private Tensor run(RequestSampling sampling, SwitchPolicy policy, double largeFlops, BooleanSupplier giveWay) {
        SamplingSpec whole = sampling.fromNoise();
        // What a run starts from stays open until it has ended, so each step's state is kept beside it.
        SolverState start = current;
        SamplingSpec rest = start == null ? whole : whole.from(nextStep, start);
        current = null;
        int steps = whole.schedule().steps();
        try {
            Sampled end =
                    sampler.sample(rest, policy, line -> account(line, largeFlops, steps, giveWay), this::reached);
            dropCurrent();
            nextStep = 0;
            return end.latents();
        } finally {
            if (start != null) {
                start.close();
            }
        }
    }

    private void reached(int step, SolverState state) {
        dropCurrent();
        current = state.own();
        nextStep = step;
        if (!largeDone && acts.stream().anyMatch(act -> act.first() == step)) {
            starts.put(step, state.own());
        }
    }

    private void account(StepRecord line, double largeFlops, int steps, BooleanSupplier giveWay) {
        line.divergence().filter(d -> !largeDone && d.isFinite()).ifPresent(d -> probes.add(new Probe(line.step(), d)));
        if (!largeDone) {
            changes.add(line.change().orElse(0));
        }
        if (largeDone) {
            made += line.decision().letter();
        }
        smallFailed |= largeDone && line.decision().reason() == Reason.SMALL_FAILED;
        flops += line.flops();
        work += line.flops() / largeFlops;
        seconds += line.largeSeconds() + line.smallSeconds();
        if (nextStep < steps && giveWay.getAsBoolean()) {
            throw new GaveWay();
        }
    }

    private void dropCurrent() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    /** Lets go of a beginning that no act to come starts from. */
    private void free(int start) {
        boolean needed = acts.subList(replays.size(), acts.size()).stream().anyMatch(act -> act.first() == start);
        SolverState state = needed ? null : starts.remove(start);
        if (state != null) {
            state.close();
        }
    }

    @Override
    public double fractionDone() {
        return done() ? 1 : Math.min(1, work / plannedWork);
    }

    @Override
    public double seconds() {
        return seconds;
    }

    @Override
    public Result result() {
        return new Result(sigmas, probes, changes, replays, flops);
    }

    @Override
    public void close() {
        dropCurrent();
        starts.values().forEach(SolverState::close);
        starts.clear();
        if (reference != null) {
            reference.close();
            reference = null;
        }
    }

    /** @param letters L, S, R or P for each step */
    private record Leg(String letters) implements SwitchPolicy {
        @Override
        public Decision decide(Step step) {
            return switch (letters.charAt(step.index())) {
                case 'S' -> Decision.small(Reason.SCHEDULE);
                case 'P' -> Decision.probe(Reason.SCHEDULE);
                case 'R' -> Decision.reused(Reason.SCHEDULE);
                default -> Decision.large(Reason.SCHEDULE);
            };
        }

        @Override
        public void observe(Reading reading) {
            // The schedule is fixed; what the probes showed is in the trace.
        }

        @Override
        public boolean wantsMotion() {
            return true;
        }

        @Override
        public Optional<Fallback> fallback() {
            return Optional.empty();
        }
    }

    /** Carries the end of a call through the sampler. */
    private static final class GaveWay extends RuntimeException {
        GaveWay() {
            super("gave way", null, false, false);
        }
    }
}
