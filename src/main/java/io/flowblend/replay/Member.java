package io.flowblend.replay;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.sampling.Anchor;
import io.flowblend.sampling.AnchorReadings;
import io.flowblend.sampling.RunState;
import io.flowblend.sampling.StepRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * One branch on its way: its policy, what it has decided so far, and where it stands. Owns its state. Members that stand at
 * the same latents share the tensors; only what probes leave behind may differ between them, as a member that decided L
 * knows nothing of a probe that was made for another.
 */
final class Member implements AutoCloseable {
    private final String name;
    private final SwitchPolicy policy;
    private final List<Decision> done = new ArrayList<>();
    private RunState state;
    private Decision next;
    private boolean smallFailed;

    /** Two members with equal keys at the same latents advance by the same velocity. */
    record Key(Source source, double gain, double slopeShare, double anchorSigma, double earlierSigma) {}

    /** Takes a share in {@code start}, and decides the first step. */
    Member(String name, SwitchPolicy policy, RunState start, Step first) {
        this.name = name;
        this.policy = policy;
        this.state = start.own();
        this.next = policy.decide(first);
    }

    String name() {
        return name;
    }

    RunState state() {
        return state;
    }

    /** What it has decided for the step to come. */
    Decision next() {
        return next;
    }

    /** What was done at each step. */
    List<Decision> done() {
        return done;
    }

    /** Whether SMALL never failed, and the policy never fell back. */
    boolean asPlanned() {
        return !smallFailed
                && done.stream().allMatch(decision -> decision.fallback().isEmpty());
    }

    Key key() {
        Source source = next.move().source();
        Optional<Anchor> anchor = state.anchor(source).filter(any -> next.gain() != 0);
        Optional<Anchor.Earlier> earlier =
                anchor.filter(any -> next.slopeShare() != 0).flatMap(Anchor::earlier);
        return new Key(
                source,
                anchor.isEmpty() ? 0 : next.gain(),
                earlier.isEmpty() ? 0 : next.slopeShare(),
                anchor.map(Anchor::sigma).orElse(0.0),
                earlier.map(Anchor.Earlier::sigma).orElse(0.0));
    }

    /**
     * Takes part in a step that was made for {@code lead}, and shows it to the policy.
     *
     * @param before where the lead stood
     * @param after where it stands
     * @param tracked sources that are read
     * @return the step as this member made it
     */
    StepRecord advance(StepRecord line, RunState before, RunState after, Set<Source> tracked) {
        Decision made = made(line.decision());
        Step step = line.step();
        Map<Source, Tensor> known = after.knownAt(step.sigma());
        Optional<VelocityDivergence> divergence = made.move().probe() ? line.divergence() : Optional.empty();
        Reading reading = new Reading(
                step,
                made,
                divergence,
                readings(made.move(), line, before, after, tracked),
                line.reading().change());
        RunState reached = state.next(step, made, known, after.solver()).own();
        state.close();
        state = reached;
        done.add(made);
        policy.observe(reading);
        return new StepRecord(reading, line.largeSeconds(), line.smallSeconds(), line.flops());
    }

    /** Decides the step after the one that was made. */
    void decide(Step step) {
        next = policy.decide(step);
    }

    /** What was done for this member: what it decided, unless SMALL was needed and failed. */
    private Decision made(Decision executed) {
        boolean failed = executed.reason() == Reason.NON_FINITE && !next.move().equals(Move.LARGE);
        smallFailed |= failed;
        return failed ? next.insteadOf(Move.LARGE, Reason.NON_FINITE) : next;
    }

    /** Those of the lead, as far as this member has the same anchors; the others are measured. */
    private List<AnchorReading> readings(
            Move move, StepRecord line, RunState before, RunState after, Set<Source> tracked) {
        List<AnchorReading> readings = new ArrayList<>();
        Map<Source, Tensor> others = new EnumMap<>(Source.class);
        if (!move.isLarge()) {
            return readings;
        }
        after.knownAt(line.step().sigma()).forEach((source, w) -> {
            if (!tracked.contains(source) || !move.renews(source.anchor())) {
                return;
            }
            if (sigmas(before.anchor(source)).equals(sigmas(state.anchor(source)))) {
                line.sources().stream()
                        .filter(reading -> reading.source() == source)
                        .forEach(readings::add);
            } else {
                others.put(source, w);
            }
        });
        after.lastVelocity()
                .filter(any -> !others.isEmpty())
                .ifPresent(large ->
                        readings.addAll(AnchorReadings.measure(line.step(), large.unknown(), others, state.anchors())));
        readings.sort(Comparator.comparing(AnchorReading::source));
        return readings;
    }

    private static List<Double> sigmas(Optional<Anchor> anchor) {
        List<Double> sigmas = new ArrayList<>();
        anchor.ifPresent(a -> {
            sigmas.add(a.sigma());
            a.earlier().ifPresent(b -> sigmas.add(b.sigma()));
        });
        return sigmas;
    }

    @Override
    public void close() {
        state.close();
    }
}
