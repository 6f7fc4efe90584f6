package io.flowblend.replay;

import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.sampling.SamplingSpec;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A way to make the request that is compared with LARGE alone.
 *
 * @param name unique within a replay
 * @param policy makes the policy that decides; called once, while the pair is held
 * @param expectedSteps cost of what it is expected to make apart from LARGE alone, in LARGE steps, 0 and up
 */
public record Branch(
        String name, Function<SamplingSpec, SwitchPolicy> policy, ToDoubleFunction<SamplingSpec> expectedSteps) {

    /** Fixed decisions. */
    public static Branch scheduled(String name, StaticPolicy policy) {
        return new Branch(name, spec -> policy, spec -> stepsApart(policy.decisions(), spec));
    }

    /**
     * A policy that decides as it goes.
     *
     * @param cost that it is expected to have, in units of LARGE alone
     */
    public static Branch deciding(String name, Function<SamplingSpec, SwitchPolicy> policy, double cost) {
        return new Branch(name, policy, spec -> cost * spec.schedule().steps());
    }

    private static double stepsApart(List<Decision> decisions, SamplingSpec spec) {
        return decisions.stream()
                .map(Decision::move)
                .dropWhile(Move::isLarge)
                .mapToDouble(spec::cost)
                .sum();
    }
}
