package io.flowblend.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceFitTest {
    private static final SourceFit PRIOR = SourceFit.prior();

    /** Twin runs of random stretches of the sources, with the deviations that a law gives, times random factors. */
    private static List<TwinRun> twins(SourceFit law, List<Source> sources, int count, double noise, long seed) {
        Random random = new Random(seed);
        List<TwinRun> twins = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<TwinRun.Step> steps = new ArrayList<>();
            int first = random.nextInt(SigmaBins.COUNT);
            int last = Math.max(0, first - 1 - random.nextInt(7));
            List<Source> mixed =
                    random.nextInt(3) == 0 ? sources : List.of(sources.get(random.nextInt(sources.size())));
            for (double at = first + 1; at > last; at -= 0.5) {
                Source source = mixed.get(random.nextInt(mixed.size()));
                steps.add(new TwinRun.Step(source, level(at), level(at - 0.5), 0.02 + 0.3 * random.nextDouble()));
            }
            double deviation = deviation(law, steps) * Math.exp(noise * random.nextGaussian());
            twins.add(new TwinRun(SyntheticReadings.CONDITIONS, steps, deviation, i));
        }
        return twins;
    }

    /** Noise level at a position of {@link SigmaBins}. */
    private static double level(double position) {
        double u = position / SigmaBins.COUNT;
        return Math.max(0, Math.min(1, 3 * u / (1 + 2 * u)));
    }

    /** The law as the documentation of {@code SourceModel} and {@code Calibration} writes it. */
    private static double deviation(SourceFit law, List<TwinRun.Step> steps) {
        double sum = 0;
        for (Map.Entry<Source, SourceFit.Law> entry : law.laws().entrySet()) {
            double p = entry.getValue().exponent();
            double powers = steps.stream()
                    .filter(step -> step.source() == entry.getKey())
                    .mapToDouble(step -> Math.pow(
                            step.residual()
                                    * SigmaBins.sum(
                                            step.sigma(),
                                            step.nextSigma(),
                                            (bin, share) -> share
                                                    * SigmaBins.width(bin)
                                                    * entry.getValue()
                                                            .sensitivity()
                                                            .get(bin)),
                            p))
                    .sum();
            sum += Math.pow(powers, 1 / p);
        }
        return sum / (1 + sum / law.ceiling());
    }

    private static SourceFit law(double small, double smallExponent, double reused, double exponent, double ceiling) {
        Map<Source, SourceFit.Law> laws = new EnumMap<>(PRIOR.laws());
        laws.put(Source.SMALL, new SourceFit.Law(scaled(Source.SMALL, small, 0), smallExponent));
        laws.put(Source.REUSED, new SourceFit.Law(scaled(Source.REUSED, reused, 0.08), exponent));
        return new SourceFit(laws, ceiling);
    }

    private static List<Double> scaled(Source source, double factor, double tilt) {
        List<Double> prior = PRIOR.law(source).sensitivity();
        return IntStream.range(0, SigmaBins.COUNT)
                .mapToObj(bin -> prior.get(bin) * factor * Math.exp(tilt * (bin - 7.5)))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1.5, 1.5", "3, 1.25, 0.4, 2, 1.1", "0.3, 2, 2, 1, 2"})
    void findsTheLawThatMadeTheTwinRuns(
            double small, double smallExponent, double reused, double exponent, double ceiling) {
        SourceFit truth = law(small, smallExponent, reused, exponent, ceiling);
        List<Source> sources = List.of(Source.SMALL, Source.REUSED);
        SourceFit fit = PRIOR.fitted(twins(truth, sources, 256, 0.03, 7));
        assertEquals(smallExponent, fit.law(Source.SMALL).exponent());
        assertEquals(exponent, fit.law(Source.REUSED).exponent());
        List<TwinRun> fresh = twins(truth, sources, 100, 0, 8);
        double worst = 0;
        double misses = 0;
        for (TwinRun twin : fresh) {
            double miss = Math.abs(Math.log(deviation(fit, twin.steps()) / twin.deviation()));
            worst = Math.max(worst, miss);
            misses += miss / fresh.size();
        }
        assertTrue(misses < 0.06, "mean miss " + misses);
        assertTrue(worst < 0.35, "worst miss " + worst);
    }

    @Test
    void fewTwinRunsMoveTheLevelBeforeTheShape() {
        SourceFit truth = law(3, 1, 1, 1.5, 1.5);
        List<TwinRun> middle = IntStream.range(0, 4)
                .mapToObj(i -> {
                    TwinRun twin = SyntheticReadings.twin(Source.SMALL, 9, 6, 0.1, 0, i);
                    return new TwinRun(twin.conditions(), twin.steps(), deviation(truth, twin.steps()), i);
                })
                .toList();
        SourceFit fit = PRIOR.fitted(middle);
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            double factor = fit.law(Source.SMALL).sensitivity().get(bin)
                    / PRIOR.law(Source.SMALL).sensitivity().get(bin);
            boolean touched = bin >= 6 && bin <= 9;
            assertTrue(factor > (touched ? 2 : 1.2) && factor < 3.3, "bin " + bin + " moved by " + factor);
        }
    }

    @Test
    void sourceWithoutTwinRunsKeepsThePrior() {
        SourceFit fit = PRIOR.fitted(twins(law(3, 1, 1, 1.5, 1.5), List.of(Source.SMALL), 40, 0.1, 3));
        assertEquals(PRIOR.law(Source.REUSED), fit.law(Source.REUSED));
        assertTrue(fit.law(Source.SMALL).sensitivity().get(8)
                > 2 * PRIOR.law(Source.SMALL).sensitivity().get(8));
        assertSame(PRIOR, PRIOR.fitted(List.of()));
    }

    @Test
    void twinRunsWithoutAnyErrorLeaveFiniteSensitivities() {
        SourceFit fit = PRIOR.fitted(List.of(
                SyntheticReadings.twin(Source.SMALL, 9, 6, 0, 0, 1),
                SyntheticReadings.twin(Source.SMALL, 9, 6, 0.2, 0, 2),
                SyntheticReadings.twin(Source.REUSED, 15, 0, 100, 100, 3)));
        fit.laws().values().forEach(law -> law.sensitivity()
                .forEach(value -> assertTrue(value > 0 && Double.isFinite(value), "" + value)));
        assertTrue(fit.ceiling() > 0 && Double.isFinite(fit.ceiling()));
    }
}
