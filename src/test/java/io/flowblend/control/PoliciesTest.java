package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.tuning.TuningProfiles;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class PoliciesTest {
    private static final double[] SIGMAS = Requests.sigmas(40, 3);
    private static final String STORED = "L".repeat(16) + "S".repeat(16) + "L".repeat(8);

    @Test
    void pairNeverSeenIsServedByLargeWithProbesInEveryBin() {
        RequestControl control = Policies.create(Requests.adaptive(SIGMAS, 0.5, Requests.WATCHFUL, Optional.empty()));
        Runs.Run run = run(control);
        assertTrue(run.letters().matches("[LP]{40}"), run.letters());
        long bins = IntStream.range(0, 40)
                .filter(step -> run.decisions().get(step).probe())
                .map(step -> SigmaBins.indexOf(SIGMAS[step]))
                .distinct()
                .count();
        assertEquals(SigmaBins.COUNT, bins);
        assertEquals(
                new Fallback(Fallback.Cause.NOT_CALIBRATED, 0, Fallback.Target.LARGE),
                run.fallback().orElseThrow());
        assertEquals(OptionalDouble.of(0), control.promisedDeviation());
        assertEquals(OptionalDouble.of(0), control.predictedDeviation());
    }

    @Test
    void pairBeingLearnedIsServedByItsMeasuredStoredProfileWithProbesOnTop() {
        PolicyRequest request = new PolicyRequest(
                "adaptive",
                "",
                SIGMAS,
                0.5,
                Requests.WATCHFUL,
                PairState.LEARNING,
                Optional.of(Requests.DIGITS),
                "",
                Requests.STORED,
                0.226);
        Runs.Run run = run(Policies.create(request));
        for (int step = 0; step < 40; step++) {
            char letter = run.letters().charAt(step);
            assertTrue(letter == 'P' || letter == STORED.charAt(step), run.letters());
        }
        assertEquals(16, run.letters().chars().filter(letter -> letter == 'P').count());
        assertEquals(
                new Fallback(Fallback.Cause.TOO_FEW_SAMPLES, 0, Fallback.Target.STORED_PROFILE),
                run.fallback().orElseThrow());
    }

    @Test
    void smallThatIsNoBetterThanNothingIsNotUsedWhileItIsLearned() {
        PolicyRequest request = new PolicyRequest(
                "adaptive",
                "",
                SIGMAS,
                0.5,
                Requests.WATCHFUL,
                PairState.DRIFTED,
                Optional.of(Requests.DIGITS),
                "",
                Requests.STORED,
                0.226);
        Runs.Run run = Runs.run(Policies.create(request), SIGMAS, step -> new VelocityDivergence(1, 1.2, 1));
        assertTrue(run.letters().matches("[LP]+"), run.letters());
        assertEquals(
                Fallback.Cause.SMALL_WORTHLESS, run.fallback().orElseThrow().cause());
    }

    @Test
    void calibrationOfOtherWeightsIsNotUsed() {
        Calibration d = Requests.DIGITS;
        Calibration bound = new Calibration(
                d.pair(),
                "abc",
                d.origin(),
                d.curve(),
                d.sensitivity(),
                d.reuseSensitivity(),
                d.response(),
                d.reuseResponse(),
                d.range(),
                d.ceiling(),
                d.reach(),
                d.tightening(),
                d.storedProfile());
        Optional<Calibration> calibration = Optional.of(bound);
        PolicyRequest stale = Requests.adaptive(SIGMAS, 0.5, Requests.WATCHFUL, calibration);
        assertEquals(
                Fallback.Cause.STALE_FINGERPRINT,
                run(Policies.create(stale)).fallback().orElseThrow().cause());
        PolicyRequest fitting = new PolicyRequest(
                "adaptive",
                "",
                SIGMAS,
                0.5,
                Requests.WATCHFUL,
                PairState.ADAPTIVE,
                calibration,
                "abc",
                Requests.STORED,
                0.226);
        assertEquals(Optional.empty(), Policies.create(fitting).fallback());
    }

    @Test
    void smallFailureMeansLargeToTheEndAndTheFailedStepIsNotCounted() {
        RequestControl control = Policies.create(Requests.fixed("SSS", SIGMAS));
        for (int index = 0; index < 5; index++) {
            assertEquals(Role.SMALL, control.decide(step(index)).role());
        }
        double before = control.predictedDeviation().orElseThrow();
        control.decide(step(5));
        control.observe(Reading.smallFailed(step(5)));
        for (int index = 6; index < 40; index++) {
            assertEquals(Decision.large(Reason.SMALL_FAILED), control.decide(step(index)));
        }
        assertEquals(before, control.predictedDeviation().orElseThrow(), 1e-12);
        assertEquals(
                new Fallback(Fallback.Cause.SMALL_FAILED, 5, Fallback.Target.LARGE),
                control.fallback().orElseThrow());
    }

    @Test
    void shadowRunsLargeAndShowsWhichStepsWouldHaveBeenSmall() {
        PolicyRequest live =
                Requests.adaptive(SIGMAS, 0.5, TuningProfiles.packaged("balanced"), Optional.of(Requests.DIGITS));
        PolicyRequest shadow =
                Requests.adaptive(SIGMAS, 0.5, TuningProfiles.packaged("shadow"), Optional.of(Requests.DIGITS));
        Runs.Run decided = run(Policies.create(live));
        RequestControl control = Policies.create(shadow);
        Runs.Run shown = run(control);
        for (int index = 0; index < 40; index++) {
            Decision wished = decided.decisions().get(index);
            Decision made = shown.decisions().get(index);
            assertEquals(Role.LARGE, made.role());
            assertEquals(wished.role() != Role.LARGE ? Reason.SHADOW : wished.reason(), made.reason());
            assertEquals(wished.threshold(), made.threshold());
        }
        assertEquals(0, control.predictedDeviation().orElseThrow());
    }

    @Test
    void staticScheduleIsPredictedButNotPromised() {
        RequestControl control = Policies.create(Requests.fixed("LSL", SIGMAS));
        assertEquals(STORED, run(control).letters());
        assertEquals(0.404, control.predictedDeviation().orElseThrow(), 0.02);
        assertEquals(OptionalDouble.empty(), control.promisedDeviation());
    }

    @Test
    void largeAlonePromisesNoDeviation() {
        RequestControl control = Policies.create(Requests.fixed("LLL", SIGMAS));
        run(control);
        assertEquals(OptionalDouble.of(0), control.promisedDeviation());
        assertEquals(OptionalDouble.of(0), control.predictedDeviation());
    }

    @Test
    void unknownPolicyIsNamed() {
        PolicyRequest request = new PolicyRequest(
                "magic",
                "",
                SIGMAS,
                0.5,
                Requests.WATCHFUL,
                PairState.COLD,
                Optional.empty(),
                "",
                Requests.STORED,
                0.226);
        String message = assertThrows(IllegalArgumentException.class, () -> Policies.create(request))
                .getMessage();
        assertEquals("policy must be adaptive, static, large or small, not 'magic'", message);
    }

    @Test
    void sigmasThatDoNotFallAreRefused() {
        double[] rising = {1, 0.5, 0.6, 0};
        String message = assertThrows(IllegalArgumentException.class, () -> Requests.adaptive(rising, 0.5))
                .getMessage();
        assertEquals("sigmas must fall from at most 1 to at least 0, not reach 0.6", message);
    }

    @Property(tries = 60)
    void speedupFindsAQualityThatIsFastEnoughProbesIncluded(@ForAll @DoubleRange(min = 1, max = 2.2) double speedup) {
        PolicyRequest request = Requests.adaptive(SIGMAS, 0);
        double quality = Policies.qualityForSpeedup(request, speedup);
        assertTrue(Policies.plannedCost(Requests.adaptive(SIGMAS, quality)) <= 40 / speedup + 1e-9);
        assertTrue(quality > 0, "reachable");
        double better = Math.min(1, Math.rint(quality * 100 + 1) / 100);
        assertTrue(quality == 1 || Policies.plannedCost(Requests.adaptive(SIGMAS, better)) > 40 / speedup, "no waste");
    }

    @Test
    void speedupOneIsLargeAloneAndAnImpossibleOneIsAsFastAsItGets() {
        PolicyRequest request = Requests.adaptive(SIGMAS, 0);
        assertEquals(1, Policies.qualityForSpeedup(request, 1));
        assertEquals(0, Policies.qualityForSpeedup(request, 50), 1e-6);
        assertThrows(IllegalArgumentException.class, () -> Policies.qualityForSpeedup(request, 0.5));
    }

    private static Step step(int index) {
        return new Step(index, 40, SIGMAS[index], SIGMAS[index + 1]);
    }

    private static Runs.Run run(SwitchPolicy policy) {
        return Runs.run(policy, SIGMAS, step -> new VelocityDivergence(0.1, 0.5, 1));
    }
}
