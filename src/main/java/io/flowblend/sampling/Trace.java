package io.flowblend.sampling;

import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The record of one request's steps. */
public record Trace(List<StepRecord> steps) {
    public Trace {
        steps = List.copyOf(steps);
    }

    /** The moves that were made; there has to be at least one. */
    public Schedule schedule() {
        return new Schedule(steps.stream().map(line -> line.decision().move()).toList());
    }

    /** The moves that were made, one letter a step. */
    public String letters() {
        return Move.letters(steps.stream().map(line -> line.decision().move()).toList());
    }

    /** Noise levels that the steps passed, one more than there are steps; there has to be at least one step. */
    public List<Double> sigmas() {
        List<Double> sigmas = new ArrayList<>();
        steps.forEach(line -> sigmas.add(line.step().sigma()));
        sigmas.add(steps.get(steps.size() - 1).step().nextSigma());
        return sigmas;
    }

    /** Steps of a move. */
    public int count(Move move) {
        return (int) steps.stream()
                .filter(line -> line.decision().move().equals(move))
                .count();
    }

    /** The first fallback that the request was under. */
    public Optional<Fallback> fallback() {
        return steps.stream()
                .flatMap(line -> line.decision().fallback().stream())
                .findFirst();
    }

    /** What the steps showed, from which a new policy is brought to where this one stands. */
    public List<Reading> readings() {
        return steps.stream().map(StepRecord::reading).toList();
    }
}
