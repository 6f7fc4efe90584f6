package io.flowblend.sampling;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides as its letters say, one for each step of the schedule, and keeps what it was told. SMALL is plain, and what needs
 * an anchor uses it as it is, unless a prediction is given. Under a fallback from the step on after which SMALL failed.
 */
final class ScriptedPolicy implements SwitchPolicy {
    /** What an S step is said to have been compared with. */
    static final Decision.Comparison COMPARED = new Decision.Comparison('S', 0.25, 0.5);

    private final String letters;
    private final double gain;
    private final double slopeShare;
    private final List<Reading> readings = new ArrayList<>();

    ScriptedPolicy(String letters) {
        this(letters, Double.NaN, 0);
    }

    /** Every cheap source predicts by this gain and slope share. */
    ScriptedPolicy(String letters, double gain, double slopeShare) {
        this.letters = letters;
        this.gain = gain;
        this.slopeShare = slopeShare;
    }

    List<Reading> readings() {
        return readings;
    }

    /** Those of steps that showed something. */
    List<Reading> shown() {
        return readings.stream()
                .filter(reading -> reading.smallFailed() || reading.divergence().isPresent())
                .toList();
    }

    @Override
    public Decision decide(Step step) {
        Move move = Move.ofLetter(letters.charAt(step.index()));
        Decision plain = Decision.of(move, Reason.SCHEDULE).comparing(COMPARED);
        double ownGain = Double.isNaN(gain) ? move.source().worksWithoutAnchor() ? 0 : 1 : gain;
        Decision decision = move.isLarge() ? plain : plain.predicting(ownGain, slopeShare);
        return readings.stream()
                .filter(Reading::smallFailed)
                .findFirst()
                .map(failed -> decision.under(
                        new Fallback(Fallback.Cause.SMALL_FAILED, failed.step().index(), Fallback.Target.LARGE)))
                .orElse(decision);
    }

    @Override
    public void observe(Reading reading) {
        readings.add(reading);
    }
}
