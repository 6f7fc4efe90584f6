package io.flowblend.control.rival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Decision;
import io.flowblend.control.Role;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import org.junit.jupiter.api.Test;

/** Each rule on runs whose motion is given in closed form. */
class RivalPoliciesTest {
    private interface Run {
        /** VelocityChange of a step that {@code role} advanced; a computed one when {@code computed}. */
        VelocityChange at(Step step, Role role, int stepsSinceComputed);
    }

    private static String schedule(SwitchPolicy policy, int steps, Run run) {
        StringBuilder letters = new StringBuilder();
        int sinceComputed = 0;
        for (int k = 0; k < steps; k++) {
            Step step = new Step(k, steps, 1 - (double) k / steps, 1 - (k + 1.0) / steps);
            Decision decision = policy.decide(step);
            letters.append(decision.letter());
            sinceComputed++;
            policy.advanced(run.at(step, decision.role(), sinceComputed));
            sinceComputed = decision.role() == Role.REUSED ? sinceComputed : 0;
        }
        return letters.toString();
    }

    /** |v| = 1 and |x| = 2; x moves by {@code dx} a step, v by {@code dv} a step since it was last computed. */
    private static Run steady(double dx, double dv) {
        return (step, role, since) -> new VelocityChange(
                step,
                role,
                Role.LARGE,
                1,
                role == Role.REUSED || step.index() == 0 ? 0 : since * dv,
                step.index() == 0 ? 0 : 1,
                2,
                dx);
    }

    /** The velocity's relative change is what {@code changes} says of each step. */
    private static Run changing(double... changes) {
        return (step, role, since) -> {
            double change = changes[Math.min(step.index(), changes.length - 1)];
            return new VelocityChange(
                    step, role, Role.LARGE, 1, step.index() == 0 ? 0 : change, step.index() == 0 ? 0 : 1, 1, 0.1);
        };
    }

    @Test
    void srDiffusionSwitchesOnceWhereTheChangeLevelsOff() {
        // tanh(0.3) - tanh(0.2999) < 0.001 first holds after step 7.
        Run run = changing(0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.2999, 0.9, 0.1, 0.9);
        assertEquals("LLLLLLLLSSSS", schedule(new SrDiffusionPolicy(0.001), 12, run));
    }

    @Test
    void srDiffusionMakesAtLeastFiveAndAtMostThirtyLargeSteps() {
        assertEquals("L".repeat(5) + "S".repeat(15), schedule(new SrDiffusionPolicy(0.01), 20, changing(0, 0.5)));
        Run restless = (step, role, since) ->
                new VelocityChange(step, role, Role.LARGE, 1, step.index() % 2, step.index() == 0 ? 0 : 1, 1, 0.1);
        assertEquals("L".repeat(30) + "S".repeat(10), schedule(new SrDiffusionPolicy(0.01), 40, restless));
    }

    @Test
    void easyCacheReusesUntilTheExpectedChangeReachesTau() {
        // After 4 of 20 steps K = 0.1 / 0.5, so each step adds 0.2 x 0.5 / 1 = 0.1: two are reused, the third is due.
        assertEquals("LLLLRRLRRLRRLRRLRRLL", schedule(new EasyCachePolicy(0.25), 20, steady(0.5, 0.1)));
    }

    @Test
    void easyCacheComputesEveryStepOfARunThatChangesFast() {
        assertEquals("L".repeat(20), schedule(new EasyCachePolicy(0.25), 20, steady(0.5, 0.3)));
    }

    @Test
    void teaCacheReusesUntilTheInputHasChangedByDelta() {
        // Each step changes the input by 0.5 / 2 = 0.25: three stay below 0.8.
        assertEquals("LRRRLRRRLL", schedule(new TeaCachePolicy(0.8), 10, steady(0.5, 0.1)));
    }

    @Test
    void cachesReuseMoreTheHigherTheirLimit() {
        long few = count(schedule(new EasyCachePolicy(0.15), 40, steady(0.5, 0.1)));
        long more = count(schedule(new EasyCachePolicy(0.6), 40, steady(0.5, 0.1)));
        assertTrue(more > few && few > 0, few + " and " + more);
        few = count(schedule(new TeaCachePolicy(0.3), 40, steady(0.5, 0.1)));
        more = count(schedule(new TeaCachePolicy(1.2), 40, steady(0.5, 0.1)));
        assertTrue(more > few && few > 0, few + " and " + more);
    }

    private static long count(String letters) {
        return letters.chars().filter(letter -> letter == 'R').count();
    }

    @Test
    void tStitchBeginsSmall() {
        assertEquals("SSSSLLLLLL", TStitch.schedule(0.4, 10));
        assertEquals("LLL", TStitch.schedule(0, 3));
        assertEquals("SSS", TStitch.schedule(1, 3));
        assertThrows(IllegalArgumentException.class, () -> TStitch.schedule(1.1, 3));
    }

    @Test
    void limitsThatCannotBeAreRefusedByName() {
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> new SrDiffusionPolicy(0))
                        .getMessage())
                .contains("delta"));
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> new EasyCachePolicy(Double.NaN))
                        .getMessage())
                .contains("tau"));
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> new TeaCachePolicy(-1))
                        .getMessage())
                .contains("delta"));
    }
}
