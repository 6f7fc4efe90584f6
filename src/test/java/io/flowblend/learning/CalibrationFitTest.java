package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.Reach;
import io.flowblend.calibration.Study;
import io.flowblend.control.Role;
import io.flowblend.control.StaticPolicy;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.Conditions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Measurements made up by a law that is known: what the fit finds must be that law. */
class CalibrationFitTest {
    private static final int STEPS = 40;
    private static final Calibration SHIPPED = Study.calibration();
    private static final DeviationModel LAW = new DeviationModel(SHIPPED);
    private static final Conditions CONDITIONS = new Conditions(4, STEPS, "unipc", 4096, 17, false);

    /**
     * Requests whose divergence is the curve times their own factor, all over the run.
     *
     * @param spread of the factor's logarithm
     */
    private static List<MeasuredRequest> measured(int requests, double spread) {
        Random random = new Random(1);
        List<Double> sigmas = new ArrayList<>();
        for (int step = 0; step <= STEPS; step++) {
            double u = 1 - (double) step / STEPS;
            sigmas.add(3 * u / (1 + 2 * u));
        }
        List<MeasuredRequest> measured = new ArrayList<>();
        for (int lesson = 0; lesson < requests; lesson++) {
            double factor = Math.exp(spread * random.nextGaussian());
            List<MeasuredRequest.Reading> readings = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                double r = LAW.expected(sigmas.get(step)) * factor;
                readings.add(new MeasuredRequest.Reading(step, r * r / 2, r, r));
            }
            List<Double> changes = new ArrayList<>(List.of(0.0));
            for (int step = 1; step < STEPS; step++) {
                changes.add(factor * LAW.change(sigmas.get(step - 1), sigmas.get(step)));
            }
            List<MeasuredRequest.Replay> replays = new ArrayList<>();
            for (String pattern : CalibrationSample.patterns(lesson)) {
                StaticPolicy policy = StaticPolicy.of(pattern, STEPS, 0, 0);
                StringBuilder letters = new StringBuilder();
                double small = 0;
                double squares = 0;
                double change = 0;
                for (int step = 0; step < STEPS; step++) {
                    double sigma = sigmas.get(step);
                    double next = sigmas.get(step + 1);
                    Role role = policy.role(step);
                    letters.append(role.letter());
                    change = role == Role.REUSED ? change + changes.get(step) : 0;
                    small += role == Role.SMALL ? readings.get(step).relativeL2() * LAW.weight(sigma, next) : 0;
                    squares += Math.pow(change * LAW.reuseWeight(sigma, next), 2);
                }
                replays.add(new MeasuredRequest.Replay(
                        pattern, letters.toString(), LAW.deviation(DeviationModel.combined(small, squares))));
            }
            measured.add(new MeasuredRequest(
                    lesson,
                    "f".repeat(32),
                    "prompt",
                    lesson,
                    CONDITIONS,
                    sigmas,
                    readings,
                    changes,
                    replays,
                    lesson,
                    1));
        }
        return measured;
    }

    private static CalibrationFit fit(int requests, double spread) {
        return new CalibrationFit("digits", measured(requests, spread), Optional.empty(), "2026-05-04");
    }

    @Test
    void predictsWhatItWasNotFittedOn() {
        for (CalibrationReport.Prediction part : fit(16, 0.2).predictions()) {
            // What is carried on is fitted so that most stay below it, which bends where the prior's shape is another.
            boolean small = part.part().startsWith("SMALL");
            assertTrue(part.r2ByReadings() > (small ? 0.97 : 0.9), part.toString());
            assertTrue(part.r2OfMeans() > (small ? 0.97 : 0.85), part.toString());
            assertTrue(part.r2ByCurve() < part.r2ByReadings(), part.toString());
            assertEquals(1, part.medianRatio(), 0.05, part.toString());
        }
    }

    @Test
    void findsTheCurveAndThatReadingsTellARequestInFull() {
        Calibration found = fit(16, 0.2).calibration();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            assertEquals(8, found.curve().bins().get(bin).relativeL2().count());
            assertTrue(found.response().get(bin) > 0.9, "bin " + bin + ": " + found.response());
            assertTrue(found.reuseResponse().get(bin) > 0.9, "bin " + bin + ": " + found.reuseResponse());
        }
        assertEquals(Reach.times(1), found.reach());
    }

    @Test
    void readingsThatDoNotVaryTellNothing() {
        Calibration found = fit(8, 0).calibration();
        assertEquals(Collections.nCopies(SigmaBins.COUNT, 0.0), found.response());
    }

    @Test
    void sumThatSaturatesIsFoundToCombineBetterThanAPNorm() {
        CalibrationReport.Combination combination = fit(16, 0.2).combination();
        assertTrue(combination.r2Saturating() > 0.98, combination.toString());
        assertTrue(combination.r2Saturating() > combination.r2PNorm(), combination.toString());
    }

    @Test
    void needsFourRequests() {
        assertThrows(IllegalArgumentException.class, () -> fit(3, 0.1));
    }

    @Test
    void poolOfPatternsIsLearnedFromAndHeldOutInEqualParts() {
        List<String> all = new ArrayList<>();
        for (int lesson = 0; lesson < 8; lesson++) {
            List<String> patterns = CalibrationSample.patterns(lesson);
            assertEquals(19, patterns.stream().distinct().count());
            all.addAll(patterns.subList(13, 19));
        }
        assertEquals(
                16, all.stream().filter(CalibrationSample::isHeldOut).distinct().count());
        assertEquals(
                16,
                all.stream()
                        .filter(p -> !CalibrationSample.isHeldOut(p))
                        .distinct()
                        .count());
        all.forEach(pattern -> assertTrue(!pattern.startsWith("S"), pattern));
    }
}
