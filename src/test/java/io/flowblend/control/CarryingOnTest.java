package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.Study;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.tuning.TuningProfiles;
import java.util.Optional;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The adaptive policy where velocities may be carried on. */
class CarryingOnTest {
    private static final double[] SIGMAS = Requests.sigmas(40, 3);
    private static final TuningProfile BALANCED = TuningProfiles.packaged("balanced");
    private static final Calibration PAIR = Study.reaching(1.35);
    private static final DeviationModel MODEL = new DeviationModel(PAIR);

    /**
     * A run in which LARGE's velocity changes {@code pace} times as fast as the curve says, and probes read the curve.
     *
     * @return one letter a step
     */
    private static String letters(SwitchPolicy policy, double[] sigmas, double pace) {
        StringBuilder letters = new StringBuilder();
        Role lastRole = Role.LARGE;
        double computedAt = 1;
        int count = sigmas.length - 1;
        for (int index = 0; index < count; index++) {
            Step step = new Step(index, count, sigmas[index], sigmas[index + 1]);
            Decision decision = policy.decide(step);
            letters.append(decision.letter());
            if (decision.probe()) {
                policy.observe(Reading.of(step, new VelocityDivergence(0.1, MODEL.expected(step.sigma()), 1)));
            }
            Role role = decision.role();
            double change = role == Role.REUSED ? 0 : pace * MODEL.change(computedAt, step.sigma());
            policy.advanced(new VelocityChange(step, role, lastRole, 1, change, index == 0 ? 0 : 1, 1, 0.1));
            if (role != Role.REUSED) {
                lastRole = role;
                computedAt = step.sigma();
            }
        }
        return letters.toString();
    }

    private static RequestControl control(double[] sigmas, double quality, TuningProfile profile) {
        return Policies.create(Requests.adaptive(sigmas, quality, profile, Optional.of(PAIR)));
    }

    private static long count(String letters, char letter) {
        return letters.chars().filter(c -> c == letter).count();
    }

    private static double cost(String letters) {
        return letters.chars()
                .mapToDouble(letter -> switch (letter) {
                    case 'S' -> Requests.SMALL_COST;
                    case 'P' -> 1 + Requests.SMALL_COST;
                    case 'R' -> 0;
                    default -> 1;
                })
                .sum();
    }

    @Test
    void costsLessAtTheSamePromiseThanTheModelsAlone() {
        String carrying = letters(control(SIGMAS, 0.6, BALANCED), SIGMAS, 1);
        String alone = letters(control(SIGMAS, 0.6, BALANCED.withoutReuse()), SIGMAS, 1);
        assertEquals(0, count(alone, 'R'), alone);
        assertTrue(cost(carrying) < 0.7 * cost(alone), carrying + " against " + alone);
    }

    @Property(tries = 300)
    void staysBetweenHeadAndTailAndWithinTheLimit(
            @ForAll @DoubleRange(min = 0, max = 1) double quality,
            @ForAll @DoubleRange(min = 0.3, max = 3) double pace,
            @ForAll @IntRange(min = 4, max = 60) int steps) {
        double[] sigmas = Requests.sigmas(steps, 3);
        String letters = letters(control(sigmas, quality, BALANCED), sigmas, pace);
        int head = BALANCED.headSteps(steps);
        assertFalse(letters.substring(0, head).contains("R"), letters);
        assertFalse(letters.contains("R".repeat(BALANCED.reuseLimit() + 1)), letters);
        assertTrue(quality < 1 || count(letters, 'R') == 0, letters);
    }

    @Property(tries = 200)
    void higherQualityNeverCostsLessForATypicalRequest(
            @ForAll @DoubleRange(min = 0, max = 1) double a, @ForAll @DoubleRange(min = 0, max = 1) double b) {
        double loose = cost(letters(control(SIGMAS, Math.min(a, b), BALANCED), SIGMAS, 1));
        double strict = cost(letters(control(SIGMAS, Math.max(a, b), BALANCED), SIGMAS, 1));
        // The plan is made anew before each step, in whole steps: one of them either way.
        assertTrue(strict >= loose - 1, strict + " at the higher quality, " + loose + " at the lower");
    }

    /** Guards against prompts whose layout turns late: what was read of their own velocity counts. */
    @Test
    void requestWhoseVelocityChangesFasterIsComputedMoreOften() {
        long typical = count(letters(control(SIGMAS, 0.95, BALANCED), SIGMAS, 1), 'R');
        long faster = count(letters(control(SIGMAS, 0.95, BALANCED), SIGMAS, 1.6), 'R');
        assertTrue(faster < typical, faster + " and " + typical);
    }

    @Test
    void requestThatDepartsFromTheCurveIsComputedThroughout() {
        String letters = letters(control(SIGMAS, 0.6, BALANCED), SIGMAS, 4);
        int head = BALANCED.headSteps(40);
        assertEquals(0, count(letters.substring(head + 1), 'R'), letters);
    }

    @Property(tries = 100)
    void predictionCountsCarriedOnStepsAndStaysWithinThePromise(
            @ForAll @DoubleRange(min = 0.3, max = 0.95) double quality,
            @ForAll @DoubleRange(min = 0.6, max = 1.2) double pace) {
        RequestControl control = control(SIGMAS, quality, BALANCED);
        String letters = letters(control, SIGMAS, pace);
        OptionalDouble predicted = control.predictedDeviation();
        assertTrue(count(letters, 'R') > 0, letters);
        assertTrue(predicted.orElseThrow() > 0, letters);
        assertTrue(predicted.orElseThrow() <= control.promisedDeviation().orElseThrow(), letters);
    }

    @Test
    void nothingIsCarriedOnUntilEnoughChangesWereRead() {
        TuningProfile demanding = Requests.balancedWith("min-samples", 17);
        String letters = letters(control(SIGMAS, 0.3, demanding), SIGMAS, 1);
        assertEquals(0, count(letters, 'R'), "16 requests stand behind the changes: " + letters);
    }

    @Test
    void shadowShowsWhatWouldHaveBeenCarriedOn() {
        RequestControl shadow = control(SIGMAS, 0.6, TuningProfiles.packaged("shadow"));
        assertEquals("L".repeat(40), letters(shadow, SIGMAS, 1).replace('P', 'L'));
        assertEquals(OptionalDouble.of(0), shadow.predictedDeviation());
    }
}
