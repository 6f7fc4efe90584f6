package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.Reach;
import io.flowblend.calibration.Study;
import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.tuning.TuningProfiles;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scenarios are given as the ratio of what a probe reads to what the curve of {@code digits} says, by step. */
class AdaptivePolicyTest {
    private static final double[] SIGMAS = Requests.sigmas(40, 3);
    private static final DeviationModel MODEL = new DeviationModel(Requests.DIGITS);

    @Test
    void typicalRequestIsLargeThenConfirmedThenSmallWithSparseProbes() {
        String letters = run(Requests.adaptive(SIGMAS, 0.6), step -> 1).letters();
        assertTrue(letters.matches("L{12,20}PL{0,4}PS{5}PS{8,13}(PS*)?L"), letters);
    }

    @Test
    void hardRequestKeepsLargeLongerThanAnEasyOne() {
        long easy = smallSteps(run(Requests.adaptive(SIGMAS, 0.6), step -> 0.8));
        long typical = smallSteps(run(Requests.adaptive(SIGMAS, 0.6), step -> 1));
        long hard = smallSteps(run(Requests.adaptive(SIGMAS, 0.6), step -> 1.3));
        assertTrue(easy > typical && typical > hard && hard > 0, easy + ", " + typical + ", " + hard);
    }

    /** Guards against thresholds that hold for one step count only. */
    @ParameterizedTest
    @CsvSource({"20, 3", "30, 3", "50, 3", "100, 3", "40, 5", "50, 8"})
    void otherStepCountsAndShiftsUseTheSameBudgetAsWell(int steps, double shift) {
        double[] sigmas = Requests.sigmas(steps, shift);
        RequestControl control = Policies.create(Requests.adaptive(sigmas, 0.6));
        Runs.Run run = Runs.run(control, sigmas, reading(sigmas, step -> 1));
        double predicted = control.predictedDeviation().orElseThrow();
        double budget = MODEL.deviation(MODEL.errorBudget(0.6, steps));
        assertTrue(predicted > 0.7 * budget && predicted <= budget, predicted + " of " + budget + run.letters());
    }

    /** Guards against a controller that enters on one lucky probe of an erratic request. */
    @Test
    void noisyCurveNeverReachesTheSmallStage() {
        Runs.Run run = run(Requests.adaptive(SIGMAS, 0.6), step -> step % 2 == 0 ? 0.6 : 1.6);
        assertEquals(0, smallSteps(run), run.letters());
        assertTrue(run.reasons().contains(Reason.VARIANCE), run.reasons().toString());
        assertTrue(probes(run) <= 12, "probing does not go on at every step: " + run.letters());
    }

    /** Guards against a controller that stays small because it was right once. */
    @Test
    void lateRiseEndsTheSmallStageForGood() {
        Runs.Run run = run(Requests.adaptive(SIGMAS, 0.7), step -> step < 30 ? 1 : 1.7);
        assertTrue(run.letters().matches("L+PL*PS+P[LP]+"), run.letters());
        assertTrue(run.reasons().contains(Reason.ABOVE_EXIT));
        assertTrue(run.letters().endsWith("LLLLL"), run.letters());
    }

    /** Guards against a switch that cannot be undone: a passing rise must not cost the rest of the saving. */
    @Test
    void doubleDipReturnsToTheSmallStage() {
        Runs.Run run = run(Requests.adaptive(SIGMAS, 0.5), step -> step >= 18 && step < 24 ? 1.7 : 0.9);
        assertTrue(run.letters().matches("L+PL*PS+PLLL+[PL]*PS{3,}P?S*L"), run.letters());
        assertTrue(run.reasons().containsAll(List.of(Reason.ABOVE_EXIT, Reason.DWELL)));
    }

    /** Guards against keeping a promise that the curve made for other prompts. */
    @Test
    void promptFarOffTheCurveFallsBackToTheStoredProfile() {
        Runs.Run run = run(Requests.adaptive(SIGMAS, 0.5), step -> 0.4);
        assertEquals(Fallback.Cause.DRIFT, run.fallback().orElseThrow().cause());
        assertEquals(
                Fallback.Target.STORED_PROFILE, run.fallback().orElseThrow().to());
        assertEquals(2, probes(run));
    }

    /** Guards against SMALL where its velocity is no better than none, however the budget stands. */
    @Test
    void promptOnWhichSmallIsWorthlessStaysLarge() {
        for (double quality : new double[] {0, 0.5}) {
            Runs.Run run = run(Requests.adaptive(SIGMAS, quality), step -> 2.8);
            assertEquals(0, smallSteps(run), run.letters());
        }
    }

    /** Guards against reading a broken probe as "no divergence". */
    @Test
    void failingProbeMeansLargeToTheEnd() {
        PolicyRequest request = Requests.adaptive(SIGMAS, 0.5);
        VelocityDivergence broken = new VelocityDivergence(Double.NaN, Double.NaN, Double.NaN);
        Runs.Run run = Runs.run(Policies.create(request), SIGMAS, step -> broken);
        assertEquals(Fallback.Cause.SMALL_FAILED, run.fallback().orElseThrow().cause());
        assertEquals(0, smallSteps(run));
        assertEquals(1, probes(run));
    }

    @Test
    void identicalModelsAreSmallAfterTheHead() {
        Calibration digits = Requests.DIGITS;
        DivergenceCurve none = DivergenceCurve.EMPTY;
        for (double sigma : SIGMAS) {
            for (int i = 0; i < 40; i++) {
                none = none.plus(sigma, new VelocityDivergence(0, 0, 0));
            }
        }
        Calibration identical = new Calibration(
                "twin",
                "",
                digits.origin(),
                none,
                digits.sensitivity(),
                digits.reuseSensitivity(),
                digits.response(),
                digits.reuseResponse(),
                0.01,
                digits.ceiling(),
                Reach.times(1),
                1,
                Optional.empty());
        PolicyRequest request = Requests.adaptive(SIGMAS, 0.9, Requests.WATCHFUL, Optional.of(identical));
        Runs.Run run = Runs.run(Policies.create(request), SIGMAS, step -> new VelocityDivergence(0, 1e-7, 0));
        assertTrue(run.letters().startsWith("LLLPPSSS"), run.letters());
        assertTrue(smallSteps(run) >= 30, run.letters());
    }

    @Test
    void noProbeIsSpentWhereNoSmallStageFits() {
        assertEquals(
                "L".repeat(40), run(Requests.adaptive(SIGMAS, 1), step -> 1).letters());
        assertEquals(
                "L".repeat(40), run(Requests.adaptive(SIGMAS, 0.97), step -> 1).letters());
    }

    /** Each key of a tuning profile, by what changing it does to a run. */
    @ParameterizedTest
    @CsvSource({
        "head-fraction, 0.125, 0.7, small",
        "min-head-steps, 2, 30, small",
        "tail-fraction, 0.025, 0.2, small",
        "confirmations, 1, 4, entry",
        "max-variance, 0.35, 0.05, small",
        "min-dwell, 3, 5, redwell",
        "probe-interval-min, 8, 3, moreProbes",
        "probe-interval-max, 20, 5, moreProbes",
        "probe-interval-growth, 2.0, 1.0, moreProbes",
        "uncertainty, 0, 2.0, small",
        "exit-over-entry, 2.5, 1.05, risen",
        "drift-limit, 5, 1.2, drift",
    })
    void everyProfileKeyHasItsEffect(String key, String loose, String tight, String effect) {
        Runs.Run before = run(with(key, loose), ratios(effect));
        Runs.Run after = run(with(key, tight), ratios(effect));
        switch (effect) {
            case "small", "risen" -> assertTrue(smallSteps(after) < smallSteps(before), shown(before, after));
            case "entry" -> assertTrue(probesBeforeEntry(after) > probesBeforeEntry(before), shown(before, after));
            case "moreProbes" -> assertTrue(probes(after) > probes(before), shown(before, after));
            case "redwell" -> assertTrue(dwelling(after) > dwelling(before), shown(before, after));
            case "drift" -> assertTrue(
                    before.fallback().isEmpty() && after.fallback().isPresent());
            default -> throw new AssertionError(effect);
        }
    }

    private static PolicyRequest with(String key, String value) {
        return Requests.adaptive(SIGMAS, 0.5, Requests.watchfulWith(key, value), Optional.of(Requests.DIGITS));
    }

    private static IntToDoubleFunction ratios(String effect) {
        return switch (effect) {
            case "drift" -> step -> 1.4;
            case "risen" -> step -> step < 22 ? 1 : 1.35;
            case "redwell" -> step -> step >= 18 && step < 24 ? 1.7 : 0.9;
            default -> step -> 1;
        };
    }

    @Test
    void coarseCurveIsNotTrustedBelowMinSamples() {
        PolicyRequest request =
                Requests.adaptive(SIGMAS, 0.5, Requests.watchfulWith("min-samples", 40), Optional.of(Requests.DIGITS));
        assertEquals(
                Fallback.Cause.TOO_FEW_SAMPLES,
                Policies.create(request).fallback().orElseThrow().cause());
    }

    @Property(tries = 400)
    void invariantsHoldForEveryRequest(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @DoubleRange(min = 0, max = 1) double quality,
            @ForAll @IntRange(min = 4, max = 60) int steps,
            @ForAll @DoubleRange(min = 1, max = 8) double shift,
            @ForAll @DoubleRange(min = 0, max = 1.2) double noise,
            @ForAll @IntRange(min = 0, max = 3) int profile) {
        double[] sigmas = Requests.sigmas(steps, shift);
        TuningProfile limits = TuningProfiles.packaged(
                List.of("balanced", "quality", "speed", "balanced").get(profile));
        PolicyRequest request = Requests.adaptive(sigmas, quality, limits, Optional.of(Requests.DIGITS));
        double[] ratios = new Random(seed)
                .doubles(steps, Math.exp(-noise - 1e-9), Math.exp(noise))
                .toArray();
        Runs.Run run = Runs.run(Policies.create(request), sigmas, reading(sigmas, step -> ratios[step]));
        Runs.Run again = Runs.run(Policies.create(request), sigmas, reading(sigmas, step -> ratios[step]));
        PolicyInvariants.check(request, run);
        assertEquals(run, again, "the same readings give the same decisions");
    }

    @Property(tries = 300)
    void predictedDeviationStaysWithinTheBudgetOfARequestThatIsWhatItsProbesSaid(
            @ForAll @DoubleRange(min = 0.05, max = 1) double quality,
            @ForAll @DoubleRange(min = 0.6, max = 1.6) double ratio,
            @ForAll @IntRange(min = 8, max = 60) int steps) {
        double[] sigmas = Requests.sigmas(steps, 3);
        Calibration promising = Study.reaching(1.35);
        RequestControl control =
                Policies.create(Requests.adaptive(sigmas, quality, Requests.WATCHFUL, Optional.of(promising)));
        Runs.run(control, sigmas, reading(sigmas, step -> ratio));
        double predicted = control.predictedDeviation().orElseThrow();
        // The first probes, near sigma 1, say little about how hard a request is: a quarter on top.
        DeviationModel model = new DeviationModel(promising);
        double budget = model.deviation(model.errorBudget(quality, sigmas.length - 1));
        assertTrue(predicted <= budget * 1.25 + 1e-9, predicted + " of " + budget);
        assertTrue(predicted <= control.promisedDeviation().orElseThrow() + 1e-9);
    }

    @Property(tries = 200)
    void higherQualityNeverHasFewerLargeStepsForATypicalRequest(
            @ForAll @DoubleRange(min = 0, max = 1) double a, @ForAll @DoubleRange(min = 0, max = 1) double b) {
        long loose = smallSteps(run(Requests.adaptive(SIGMAS, Math.min(a, b)), step -> 1));
        long strict = smallSteps(run(Requests.adaptive(SIGMAS, Math.max(a, b)), step -> 1));
        assertTrue(strict <= loose, strict + " small steps at the higher quality, " + loose + " at the lower");
    }

    private static Runs.Run run(PolicyRequest request, IntToDoubleFunction ratio) {
        Runs.Run run = Runs.run(Policies.create(request), request.sigmas(), reading(request.sigmas(), ratio));
        PolicyInvariants.check(request, run);
        return run;
    }

    private static IntFunction<VelocityDivergence> reading(double[] sigmas, IntToDoubleFunction ratio) {
        return step -> new VelocityDivergence(0, MODEL.expected(sigmas[step]) * ratio.applyAsDouble(step), 0);
    }

    private static long smallSteps(Runs.Run run) {
        return run.letters().chars().filter(letter -> letter == 'S').count();
    }

    private static long probes(Runs.Run run) {
        return run.letters().chars().filter(letter -> letter == 'P').count();
    }

    private static long probesBeforeEntry(Runs.Run run) {
        String letters = run.letters();
        assertFalse(letters.indexOf('S') < 0, letters);
        return letters.substring(0, letters.indexOf('S'))
                .chars()
                .filter(letter -> letter == 'P')
                .count();
    }

    private static long dwelling(Runs.Run run) {
        return IntStream.range(0, 40)
                .filter(step -> run.reasons().get(step) == Reason.DWELL)
                .count();
    }

    private static String shown(Runs.Run before, Runs.Run after) {
        return before.letters() + " then " + after.letters();
    }
}
