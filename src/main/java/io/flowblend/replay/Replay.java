package io.flowblend.replay;

import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.sampling.NonFiniteVelocityException;
import io.flowblend.sampling.RunState;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One request made by LARGE alone, and in other ways, to learn how far these end from it. No video comes of it.
 *
 * <p>All branches begin together. A step is made once for all that stand at the same latents and decide the same; where
 * they decide differently the group splits. The group of LARGE alone goes first, then the one that split off last, so few
 * states are held: those at which a group waits. LARGE and a probe advance by the same velocity and stay together.
 *
 * <p>It can be left between any two steps and taken up again, from any thread, one at a time.
 */
public final class Replay implements AutoCloseable {
    /** Name of the run by LARGE alone. */
    public static final String LARGE = "LARGE";

    private final PairLock lock;
    private final List<Branch> branches;
    private final boolean probed;
    private final Ends ends;
    /** Groups of members that decide the same from the same latents; the next one first. */
    private final Deque<List<Member>> waiting = new ArrayDeque<>();

    private final List<StepRecord> large = new ArrayList<>();
    private final Map<String, Outcome> outcomes = new HashMap<>();
    private @Nullable ReadingsCollector collector;
    private @Nullable Tensor reference;
    private Optional<RunReadings> readings = Optional.empty();
    private boolean begun;
    private double plannedSteps;
    private double doneSteps;
    private double flops;
    private double seconds;

    /** Sees where each run ends, while the pair is held. */
    @FunctionalInterface
    public interface Ends {
        Ends NONE = (branch, latents) -> {};

        /**
         * @param branch its name, or {@link #LARGE}
         * @param latents at sigma 0; valid during the call
         */
        void reached(String branch, Tensor latents);
    }

    /**
     * How a branch ended.
     *
     * @param branch its name
     * @param decisions what was done, for each step
     * @param cost of all its steps over that of LARGE alone, shared ones and probes included
     * @param deviation relative L2 of its latents to those of LARGE alone, 0 and up; empty if SMALL failed on the way, or
     *     the policy fell back
     */
    public record Outcome(String branch, List<Decision> decisions, double cost, OptionalDouble deviation) {
        public Outcome {
            decisions = List.copyOf(decisions);
        }

        /** One letter a step. */
        public String letters() {
            return Move.letters(decisions.stream().map(Decision::move).toList());
        }
    }

    /**
     * What came of it so far.
     *
     * @param large the steps of LARGE alone that were made, with what they read
     * @param outcomes of the branches that are finished, in the order asked
     * @param readings of the whole LARGE run, once it is finished, if it was probed
     * @param flops floating point operations spent
     */
    public record Result(List<StepRecord> large, List<Outcome> outcomes, Optional<RunReadings> readings, double flops) {
        public Result {
            large = List.copyOf(large);
            outcomes = List.copyOf(outcomes);
        }
    }

    /**
     * @param probed whether every step of LARGE alone is a probe
     * @param ends sees the latents of each run
     */
    public Replay(PairLock lock, List<Branch> branches, boolean probed, Ends ends) {
        this.lock = lock;
        this.branches = List.copyOf(branches);
        this.probed = probed;
        this.ends = ends;
        if (branches.stream().map(Branch::name).distinct().count() != branches.size()) {
            throw new IllegalArgumentException("branches of a replay must have different names");
        }
    }

    /**
     * Goes on until everything is done or it shall give way, which is asked after each step. A video that waits for the
     * pair counts as being asked.
     *
     * @return whether everything is done
     * @throws NonFiniteVelocityException if the large model gives a non-finite velocity, unless the lock throws another
     */
    public boolean advance(BooleanSupplier giveWay) {
        return done() || lock.enter(giveWay, this::go);
    }

    private boolean done() {
        return begun && waiting.isEmpty();
    }

    private boolean go(SamplingSpec spec, BooleanSupplier giveWay) {
        if (!begun) {
            begin(spec);
        }
        while (!waiting.isEmpty()) {
            step(spec, waiting.element());
            if (!waiting.isEmpty() && giveWay.getAsBoolean()) {
                return false;
            }
        }
        return true;
    }

    private void begin(SamplingSpec spec) {
        int steps = spec.schedule().steps();
        Move move = probed ? Move.PROBE : Move.LARGE;
        Step first = spec.schedule().step(0);
        List<Member> members = new ArrayList<>();
        SwitchPolicy alone = StaticPolicy.of(Schedule.all(move, steps), Reason.SCHEDULE);
        members.add(new Member(LARGE, alone, spec.start(), first));
        for (Branch branch : branches) {
            members.add(new Member(branch.name(), branch.policy().apply(spec), spec.start(), first));
        }
        plannedSteps = steps * spec.cost(move)
                + branches.stream()
                        .mapToDouble(branch -> branch.expectedSteps().applyAsDouble(spec))
                        .sum();
        collector = probed ? new ReadingsCollector(steps) : null;
        split(members);
        begun = true;
    }

    /** Makes one step for all members of the next group. */
    private void step(SamplingSpec spec, List<Member> group) {
        Member lead = group.stream()
                .filter(member -> member.next().move().probe())
                .findFirst()
                .orElse(group.get(0));
        try (SamplingRun run = new SamplingRun(spec.from(lead.state()), new Decided(lead.next()))) {
            StepRecord line = run.step();
            flops += line.flops();
            doneSteps += line.flops() / spec.flops(Move.LARGE);
            seconds += line.largeSeconds() + line.smallSeconds();
            advance(spec, group, lead, line, run);
            waiting.remove();
            if (run.done()) {
                group.forEach(member -> finish(spec, member));
            } else {
                Step next = spec.schedule().step(line.step().index() + 1);
                group.forEach(member -> member.decide(next));
                split(group);
            }
        }
    }

    private void advance(SamplingSpec spec, List<Member> group, Member lead, StepRecord line, SamplingRun run) {
        try (RunState before = lead.state().own()) {
            for (Member member : group) {
                StepRecord made = member.advance(line, before, run.state(), spec.tracked());
                if (member.name().equals(LARGE)) {
                    recordLarge(spec, made, run);
                }
            }
        }
    }

    private void recordLarge(SamplingSpec spec, StepRecord made, SamplingRun run) {
        large.add(made);
        if (collector == null) {
            return;
        }
        double sigma = made.step().sigma();
        var known = run.state().knownAt(sigma);
        known.keySet().retainAll(spec.tracked());
        collector.add(sigma, run.state().lastVelocity().orElseThrow().unknown(), known);
        if (run.done()) {
            readings = Optional.of(collector.readings());
            collector.close();
            collector = null;
        }
    }

    /** Members that decide differently part. The first group goes on. */
    private void split(List<Member> members) {
        Map<Member.Key, List<Member>> groups = new LinkedHashMap<>();
        members.forEach(member ->
                groups.computeIfAbsent(member.key(), any -> new ArrayList<>()).add(member));
        List<List<Member>> order = new ArrayList<>(groups.values());
        for (int i = order.size() - 1; i >= 0; i--) {
            waiting.push(order.get(i));
        }
    }

    private void finish(SamplingSpec spec, Member member) {
        try (member) {
            Tensor end = member.state().x();
            ends.reached(member.name(), end);
            if (member.name().equals(LARGE)) {
                reference = TensorScope.own(end);
                return;
            }
            double cost = member.done().stream()
                            .mapToDouble(decision -> spec.cost(decision.move()))
                            .sum()
                    / spec.schedule().steps();
            OptionalDouble deviation = member.asPlanned() ? OptionalDouble.of(distance(end)) : OptionalDouble.empty();
            outcomes.put(member.name(), new Outcome(member.name(), member.done(), cost, deviation));
        }
    }

    private double distance(Tensor end) {
        if (reference == null) {
            throw new IllegalStateException("LARGE alone comes first");
        }
        return DivergenceMeter.measure(reference, end).relativeL2();
    }

    /** Share of the work that is done, 0..1, by cost. */
    public double fractionDone() {
        if (done()) {
            return 1;
        }
        return begun ? Math.min(1, doneSteps / plannedSteps) : 0;
    }

    /** Seconds spent in both models so far. */
    public double seconds() {
        return seconds;
    }

    /** What came of it so far. */
    public Result result() {
        List<Outcome> finished = branches.stream()
                .flatMap(branch -> Optional.ofNullable(outcomes.get(branch.name())).stream())
                .toList();
        return new Result(large, finished, readings, flops);
    }

    /** Frees what is held. */
    @Override
    public void close() {
        waiting.forEach(group -> group.forEach(Member::close));
        waiting.clear();
        if (collector != null) {
            collector.close();
            collector = null;
        }
        if (reference != null) {
            reference.close();
            reference = null;
        }
    }

    /** A decision that was made already. */
    private record Decided(Decision decision) implements SwitchPolicy {
        @Override
        public Decision decide(Step step) {
            return decision;
        }

        @Override
        public void observe(Reading reading) {
            // Each member is shown the step as it made it.
        }
    }
}
