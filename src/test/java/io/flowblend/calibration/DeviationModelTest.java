package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.divergence.SigmaBins;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DeviationModelTest {
    private static final DeviationModel DIGITS = new DeviationModel(Study.calibration());
    private static final double SMALL_COST = 0.226;

    @Test
    void predictsTheMeanDeviationOfTheStudiedSchedules() {
        Study study = Study.digits();
        double[] measured = study.measured().values().stream()
                .mapToDouble(DeviationModelTest::mean)
                .toArray();
        double[] predicted = study.measured().keySet().stream()
                .mapToDouble(letters -> predict(letters, study.sigmas()))
                .toArray();
        double r2 = 1 - squares(predicted, measured) / spread(measured);
        assertEquals(52, measured.length);
        assertTrue(r2 > 0.97, "R2 " + r2);
        for (int i = 0; i < measured.length; i++) {
            assertEquals(measured[i], predicted[i], 0.07);
        }
    }

    @Test
    void saturationBeatsEveryPNormOverEighths() {
        Study study = Study.digits();
        double ours = 0;
        for (Map.Entry<String, double[]> entry : study.measured().entrySet()) {
            ours += square(predict(entry.getKey(), study.sigmas()) - mean(entry.getValue()));
        }
        for (double p = 1; p <= 2; p += 0.05) {
            double theirs = 0;
            for (Map.Entry<String, double[]> entry : study.measured().entrySet()) {
                theirs += square(pNorm(study, entry.getKey(), p) - mean(entry.getValue()));
            }
            assertTrue(ours < theirs / 2, "p " + p + ": " + theirs + " against " + ours);
        }
    }

    /** Each eighth's measured deviation, by its share of small steps, put together by a p-norm. */
    private static double pNorm(Study study, String letters, double p) {
        double sum = 0;
        for (int eighth = 0; eighth < 8; eighth++) {
            String alone = "L".repeat(5 * eighth) + "S".repeat(5) + "L".repeat(35 - 5 * eighth);
            long small = letters.substring(5 * eighth, 5 * eighth + 5)
                    .chars()
                    .filter(letter -> letter == 'S')
                    .count();
            sum += Math.pow(
                    small / 5.0 * mean(Objects.requireNonNull(study.measured().get(alone))), p);
        }
        return Math.pow(sum, 1 / p);
    }

    @Property(tries = 100)
    void errorDoesNotDependOnHowAStretchIsDividedIntoSteps(
            @ForAll @DoubleRange(min = 0.01, max = 1) double from,
            @ForAll @DoubleRange(min = 0, max = 0.99) double share,
            @ForAll @IntRange(min = 1, max = 50) int steps) {
        double to = from * share;
        double sum = 0;
        for (int i = 0; i < steps; i++) {
            sum += DIGITS.error(between(from, to, i, steps), between(from, to, i + 1, steps));
        }
        assertEquals(DIGITS.error(from, to), sum, 1e-9);
    }

    @Property(tries = 100)
    void budgetIsTheSameAsDeviationAndAsError(@ForAll @DoubleRange(min = 0.01, max = 1) double quality) {
        assertEquals(DIGITS.promise(quality, 40), DIGITS.deviation(DIGITS.errorBudget(quality, 40)), 1e-9);
    }

    @Property(tries = 200)
    void thresholdsFallAndSmallStepsShrinkAsQualityRises(
            @ForAll @DoubleRange(min = 0, max = 1) double a,
            @ForAll @DoubleRange(min = 0, max = 1) double b,
            @ForAll @IntRange(min = 4, max = 60) int steps,
            @ForAll @DoubleRange(min = 1, max = 8) double shift) {
        double[] sigmas = flow(steps, shift);
        double low = Math.min(a, b);
        double high = Math.max(a, b);
        List<Double> loose = Thresholds.byBin(DIGITS, sigmas, low, SMALL_COST, 0);
        List<Double> strict = Thresholds.byBin(DIGITS, sigmas, high, SMALL_COST, 0);
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            assertTrue(strict.get(bin) <= loose.get(bin), "bin " + bin);
        }
        Allocation more = Thresholds.plan(DIGITS, sigmas, low, SMALL_COST, 0);
        Allocation fewer = Thresholds.plan(DIGITS, sigmas, high, SMALL_COST, 0);
        for (int step = 0; step < steps; step++) {
            assertTrue(
                    fewer.source(step).compareTo(more.source(step)) <= 0,
                    "a step that is SMALL at the higher quality stays so");
        }
        assertTrue(DIGITS.deviation(fewer.error()) <= DIGITS.promise(high, steps) + 1e-9);
    }

    @Test
    void qualityOneAllowsNoSmallStepAndQualityZeroAllOfThem() {
        double[] sigmas = flow(40, 3);
        assertEquals(40, Thresholds.plan(DIGITS, sigmas, 1, SMALL_COST, 0).cost(), 1e-9);
        assertEquals(
                40 * SMALL_COST,
                Thresholds.plan(DIGITS, sigmas, 0, SMALL_COST, 0).cost(),
                1e-9);
        assertTrue(Thresholds.byBin(DIGITS, sigmas, 1, SMALL_COST, 0).stream().allMatch(t -> t == 0));
        assertTrue(Thresholds.byBin(DIGITS, sigmas, 0, SMALL_COST, 0).stream().allMatch(Double::isFinite));
    }

    @Test
    void smallModelThatSavesNothingIsNeverUsed() {
        assertEquals(40, Thresholds.plan(DIGITS, flow(40, 3), 0, 1, 0).cost(), 1e-9);
    }

    private static double predict(String letters, double[] sigmas) {
        double error = 0;
        for (int step = 0; step < letters.length(); step++) {
            if (letters.charAt(step) == 'S') {
                error += DIGITS.error(sigmas[step], sigmas[step + 1]);
            }
        }
        return DIGITS.deviation(error);
    }

    private static double[] flow(int steps, double shift) {
        double[] sigmas = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            double u = 1 - (double) i / steps;
            sigmas[i] = shift * u / (1 + (shift - 1) * u);
        }
        return sigmas;
    }

    private static double between(double from, double to, int part, int parts) {
        return part == parts ? to : from + (to - from) * part / parts;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double spread(double[] values) {
        double mean = mean(values);
        return Arrays.stream(values).map(value -> square(value - mean)).sum();
    }

    private static double squares(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += square(a[i] - b[i]);
        }
        return sum;
    }

    private static double square(double value) {
        return value * value;
    }
}
