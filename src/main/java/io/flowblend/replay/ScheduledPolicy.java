package io.flowblend.replay;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * Fixed decisions, whatever the steps show.
 *
 * @param decisions one a step
 */
public record ScheduledPolicy(List<Decision> decisions) implements SwitchPolicy {
    public ScheduledPolicy {
        decisions = List.copyOf(decisions);
    }

    /** How a source predicts its unknown part; see {@link Source}. */
    public record Prediction(double gain, double slopeShare) {
        /** Takes the unknown part as zero. */
        public static final Prediction NONE = new Prediction(0, 0);

        /** Takes the unknown part as it was at the anchor. */
        public static final Prediction ANCHOR = new Prediction(1, 0);
    }

    /** How the move of a step predicts. */
    @FunctionalInterface
    public interface Predictions {
        Prediction of(int step, Move move);
    }

    /** The schedule as the field knows it: plain SMALL; what does not work without an anchor uses it as it is. */
    public static ScheduledPolicy of(Schedule schedule) {
        return of(schedule, (step, move) -> move.source().worksWithoutAnchor() ? Prediction.NONE : Prediction.ANCHOR);
    }

    /** The schedule with a prediction for each step; that of a LARGE step is not asked for. */
    public static ScheduledPolicy of(Schedule schedule, Predictions predictions) {
        List<Decision> decisions = new ArrayList<>();
        for (int step = 0; step < schedule.steps(); step++) {
            Move move = schedule.move(step);
            Decision plain = Decision.of(move, Reason.SCHEDULE);
            if (move.isLarge()) {
                decisions.add(plain);
            } else {
                Prediction prediction = predictions.of(step, move);
                decisions.add(plain.predicting(prediction.gain(), prediction.slopeShare()));
            }
        }
        return new ScheduledPolicy(decisions);
    }

    @Override
    public Decision decide(Step step) {
        return decisions.get(step.index());
    }

    @Override
    public void observe(Reading reading) {
        // The decisions are fixed.
    }

    public Schedule schedule() {
        return new Schedule(decisions.stream().map(Decision::move).toList());
    }
}
