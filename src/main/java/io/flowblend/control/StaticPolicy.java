package io.flowblend.control;

import io.flowblend.calibration.Source;
import io.flowblend.control.plan.RunPosition;
import io.flowblend.control.plan.StepErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decisions that are fixed before the run: a schedule that was asked for, a replay, or what serves a request after a fallback. */
public final class StaticPolicy implements SwitchPolicy {
    private final List<Decision> decisions;

    private StaticPolicy(List<Decision> decisions) {
        this.decisions = List.copyOf(decisions);
    }

    /** Exactly these decisions, one a step. */
    public static StaticPolicy of(List<Decision> decisions) {
        return new StaticPolicy(decisions);
    }

    /** A schedule whose sources predict as they do where no calibration says better; SMALL is plain. */
    public static StaticPolicy of(Schedule schedule, Reason reason) {
        return of(schedule, reason, Optional.empty());
    }

    /** A schedule whose sources predict as a calibration says, those that it knows; as the other without one. */
    public static StaticPolicy of(Schedule schedule, Reason reason, Optional<StepErrors> errors) {
        return new StaticPolicy(decisions(schedule, reason, errors));
    }

    /** The same under a fallback. */
    StaticPolicy under(Fallback fallback) {
        return new StaticPolicy(
                decisions.stream().map(decision -> decision.under(fallback)).toList());
    }

    private static List<Decision> decisions(Schedule schedule, Reason reason, Optional<StepErrors> errors) {
        List<Decision> decisions = new ArrayList<>();
        RunPosition position = RunPosition.START;
        for (Move move : schedule.moves()) {
            decisions.add(predicting(Decision.of(move, reason), position, errors));
            position = position.after(move);
        }
        return decisions;
    }

    /** The decision with the gain and slope share for its source at a position of the run. */
    static Decision predicting(Decision decision, RunPosition position, Optional<StepErrors> errors) {
        Source source = decision.move().source();
        int since = position.since(source.anchor());
        if (since == 0) {
            return decision;
        }
        return errors.filter(known -> known.sources().contains(source))
                .map(known -> decision.predicting(
                        known.gain(source, position.step(), since), known.slopeShare(source, position.step(), since)))
                .orElseGet(() -> decision.predicting(source.usualGain(), source.usualSlopeShare()));
    }

    /** One a step. */
    public List<Decision> decisions() {
        return decisions;
    }

    /** The moves, one a step. */
    public Schedule schedule() {
        return new Schedule(decisions.stream().map(Decision::move).toList());
    }

    @Override
    public Decision decide(Step step) {
        return decisions.get(step.index());
    }

    @Override
    public void observe(Reading reading) {
        // Fixed beforehand: nothing that a step shows changes it.
    }
}
