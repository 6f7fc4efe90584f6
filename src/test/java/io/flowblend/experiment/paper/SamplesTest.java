package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.paper.Samples.PromptSamples;
import io.flowblend.experiment.paper.Samples.Sample;
import io.flowblend.quality.FrameGaussian;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static Sample sample(String name, String letters, double deviation, double... feature) {
        double[] still = feature.clone();
        double[] moved = feature.clone();
        moved[0] += 1;
        return new Sample(
                name,
                letters,
                0.5,
                Map.of(Measure.DEVIATION, deviation, Measure.SSIM, 1 - deviation),
                List.of(still, moved, still));
    }

    private static Samples samples(int prompts) {
        return new Samples(IntStream.range(0, prompts)
                .mapToObj(i -> new PromptSamples(
                        i,
                        List.of(
                                sample("LARGE", "LLLL", 0, i, 0),
                                sample("a", "LLSS", 0.11 * (i + 1), i, 1),
                                sample("b", "LLSS", 0.11 * (i + 1), i, 1),
                                sample("probes", "PLLP", 0, i, 0))))
                .toList());
    }

    @Test
    void takesMeansOverThePrompts() {
        Samples samples = samples(3);
        assertEquals(0.22, samples.mean(Measure.DEVIATION, "a").mean(), 1e-12);
        assertTrue(Double.isNaN(samples.mean(Measure.PSNR, "a").mean()), "not available");
        assertThrows(IllegalStateException.class, () -> samples.compute("c"));
    }

    @Test
    void countsEqualSchedulesOfAPromptOnceAndThoseThatAreLargeAloneNot() {
        assertEquals(
                List.of(0.11, 0.22),
                samples(2).others().stream()
                        .map(sample -> sample.value(Measure.DEVIATION))
                        .toList());
    }

    @Test
    void describesAVideoByItsFramesMeanAndMeanChange() {
        assertArrayEquals(
                new double[] {2 + 1.0 / 3, 1, 1, 0},
                samples(3).prompts().get(2).named("a").videoFeatures(),
                1e-12);
    }

    @Test
    void drawsPromptsWithReplacementAndSoTheSameInEachCall() {
        Samples samples = samples(6);
        FrameGaussian reference = samples.frames("LARGE");
        List<Statistics.Interval> found = samples.intervals(reference, List.of("LARGE", "a"), 50);
        assertEquals(0, found.get(0).value(), 1e-9);
        assertEquals(1, found.get(1).value(), 1e-6, "only the mean of the second feature is moved, by one");
        assertTrue(found.get(1).low() < found.get(1).high());
        assertEquals(found, samples.intervals(reference, List.of("LARGE", "a"), 50));
    }

    @Test
    void putsDeviationsIntoTheBinsOfWhatQualitiesPromise() {
        Samples samples = samples(4);
        List<DeviationBins.Bin> bins = DeviationBins.of(samples.large(), samples.others());
        assertEquals(4, bins.get(0).runs());
        assertEquals(
                List.of(0.14, 0.3, 0.46),
                bins.stream().skip(1).map(DeviationBins.Bin::to).toList());
        assertEquals(0.89, bins.get(1).ssim().mean(), 1e-12);
        String text = DeviationBins.table(bins).text();
        assertTrue(text.contains("0.1 to 0.14"), text);
        assertTrue(text.contains("0.20"), "0.46 is promised by quality 0.2: " + text);
    }
}
