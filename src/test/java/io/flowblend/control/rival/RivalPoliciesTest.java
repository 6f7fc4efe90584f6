package io.flowblend.control.rival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Reading;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each rule on runs whose motion is given in closed form. */
class RivalPoliciesTest {
    private interface Run {
        /** VelocityChange of a step that {@code role} advanced; a computed one when {@code computed}. */
        VelocityChange at(Step step, Source role, int stepsSinceComputed);
    }

    private static String schedule(SwitchPolicy policy, int steps, Run run) {
        StringBuilder letters = new StringBuilder();
        int sinceComputed = 0;
        for (int k = 0; k < steps; k++) {
            Step step = new Step(k, steps, 1 - (double) k / steps, 1 - (k + 1.0) / steps);
            Decision decision = policy.decide(step);
            letters.append(decision.letter());
            sinceComputed++;
            policy.observe(new Reading(
                    step,
                    decision,
                    Optional.empty(),
                    List.of(),
                    Optional.of(run.at(step, decision.move().source(), sinceComputed))));
            sinceComputed = decision.move().source() == Source.REUSED ? sinceComputed : 0;
        }
        return letters.toString();
    }

    /** |v| = 1 and |x| = 2; x moves by {@code dx} a step, v by {@code dv} a step since it was last computed. */
    private static Run steady(double dx, double dv) {
        return (step, role, since) -> new VelocityChange(
                step,
                role,
                Source.LARGE,
                1,
                role == Source.REUSED || step.index() == 0 ? 0 : since * dv,
                step.index() == 0 ? 0 : 1,
                2,
                dx);
    }

    /** The velocity's relative change is what {@code changes} says of each step. */
    private static Run changing(double... changes) {
        return (step, role, since) -> {
            double change = changes[Math.min(step.index(), changes.length - 1)];
            return new VelocityChange(
                    step, role, Source.LARGE, 1, step.index() == 0 ? 0 : change, step.index() == 0 ? 0 : 1, 1, 0.1);
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
                new VelocityChange(step, role, Source.LARGE, 1, step.index() % 2, step.index() == 0 ? 0 : 1, 1, 0.1);
        assertEquals("L".repeat(30) + "S".repeat(10), schedule(new SrDiffusionPolicy(0.01), 40, restless));
    }

    @Test
    void easyCacheReusesUntilTheExpectedChangeReachesTau() {
        // After 4 of 20 steps K = 0.1 / 0.5, so each step adds 0.2 x 0.5 / 1 = 0.1: two are reused, the third is due.
        assertEquals("LLLLRRLRRLRRLRRLRRLL", schedule(new EasyCachePolicy(0.25, 0), 20, steady(0.5, 0.1)));
    }

    @Test
    void easyCacheComputesEveryStepOfARunThatChangesFast() {
        assertEquals("L".repeat(20), schedule(new EasyCachePolicy(0.25, 0), 20, steady(0.5, 0.3)));
    }

    @Test
    void easyCacheFollowsTheShareOfTheSlopeThatItWasGiven() {
        EasyCachePolicy policy = new EasyCachePolicy(0.25, 0.5);
        schedule(policy, 20, steady(0.5, 0.1));
        Decision reused = policy.decide(new Step(5, 20, 0.75, 0.7));
        assertEquals('R', reused.letter());
        assertEquals(0.5, reused.slopeShare());
        assertEquals(1, reused.gain());
    }

    @Test
    void magCacheReusesUntilTheRatiosHaveLeftOneByTheThreshold() {
        // Ratios of 0.9 add 0.1, then 0.19, then 0.271: two steps stay below 0.3.
        List<Double> ratios = MagCachePolicy.ratios(List.of(sizes(20, 0.9)));
        assertEquals("LLLLRRLRRLRRLRRLRRLR", schedule(new MagCachePolicy(ratios, 0.3, 4), 20, steady(0.5, 0.1)));
        assertEquals("LLLLRLRLRLRLRLRLRLRL", schedule(new MagCachePolicy(ratios, 0.3, 1), 20, steady(0.5, 0.1)));
    }

    private static double[] sizes(int steps, double ratio) {
        double[] sizes = new double[steps];
        for (int k = 0; k < steps; k++) {
            sizes[k] = Math.pow(ratio, k);
        }
        return sizes;
    }

    @Test
    void cachesReuseMoreTheHigherTheirLimit() {
        long few = count(schedule(new EasyCachePolicy(0.15, 0), 40, steady(0.5, 0.1)));
        long more = count(schedule(new EasyCachePolicy(0.6, 0), 40, steady(0.5, 0.1)));
        assertTrue(more > few && few > 0, few + " and " + more);
    }

    private static long count(String letters) {
        return letters.chars().filter(letter -> letter == 'R').count();
    }

    @Test
    void tStitchBeginsSmall() {
        assertEquals("SSSSLLLLLL", TStitch.schedule(0.4, 10).letters());
        assertEquals("LLL", TStitch.schedule(0, 3).letters());
        assertEquals("SSS", TStitch.schedule(1, 3).letters());
        assertThrows(IllegalArgumentException.class, () -> TStitch.schedule(1.1, 3));
    }

    @Test
    void limitsThatCannotBeAreRefusedByName() {
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> new SrDiffusionPolicy(0))
                        .getMessage())
                .contains("delta"));
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> new EasyCachePolicy(Double.NaN, 0))
                        .getMessage())
                .contains("tau"));
        assertTrue(String.valueOf(
                        assertThrows(IllegalArgumentException.class, () -> new MagCachePolicy(List.of(1.0), -1, 1))
                                .getMessage())
                .contains("threshold"));
    }
}
