package io.flowblend.sampling;

import io.flowblend.control.Fallback;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The record of one request's steps. */
public record Trace(List<StepRecord> steps, Optional<Fallback> fallback) {
    public Trace {
        steps = List.copyOf(steps);
    }

    /** One letter a step: L, S, R, or P for a probe. */
    public String schedule() {
        return steps.stream()
                .map(step -> String.valueOf(step.decision().letter()))
                .collect(Collectors.joining());
    }

    /** Steps whose letter is {@code letter}. */
    public int count(char letter) {
        return (int) schedule().chars().filter(c -> c == letter).count();
    }
}
