package io.flowblend.control;

import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Drives a policy through a run as the sampling loop does, without models. */
final class Runs {
    private Runs() {}

    /** What the policy decided, step by step. */
    record Run(List<Decision> decisions, Optional<Fallback> fallback) {
        String letters() {
            return decisions.stream().map(d -> String.valueOf(d.letter())).collect(Collectors.joining());
        }

        List<Reason> reasons() {
            return decisions.stream().map(Decision::reason).toList();
        }
    }

    /** @param readings what a probe of each step reads */
    static Run run(SwitchPolicy policy, double[] sigmas, IntFunction<VelocityDivergence> readings) {
        int count = sigmas.length - 1;
        List<Decision> decisions = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            Step step = new Step(index, count, sigmas[index], sigmas[index + 1]);
            Decision decision = policy.decide(step);
            decisions.add(decision);
            if (decision.probe()) {
                policy.observe(Reading.of(step, readings.apply(index)));
            }
        }
        return new Run(decisions, policy.fallback());
    }
}
