package io.flowblend.sampling;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides as its letters say, one for each step of the schedule (L, S, P), and keeps what it was told. */
final class ScriptedPolicy implements SwitchPolicy {
    private final String letters;
    private final List<Reading> readings = new ArrayList<>();

    ScriptedPolicy(String letters) {
        this.letters = letters;
    }

    List<Reading> readings() {
        return readings;
    }

    @Override
    public Decision decide(Step step) {
        return switch (letters.charAt(step.index())) {
            case 'L' -> Decision.large(Reason.SCHEDULE);
            case 'S' -> Decision.small(Reason.SCHEDULE).against(0.5);
            case 'P' -> Decision.probe(Reason.PROBE_DUE);
            default -> throw new IllegalArgumentException(letters);
        };
    }

    @Override
    public void observe(Reading reading) {
        readings.add(reading);
    }

    @Override
    public Optional<Fallback> fallback() {
        return readings.stream()
                .filter(reading -> reading.divergence().isEmpty())
                .findFirst()
                .map(reading ->
                        new Fallback(Fallback.Cause.SMALL_FAILED, reading.step().index(), Fallback.Target.LARGE));
    }
}
