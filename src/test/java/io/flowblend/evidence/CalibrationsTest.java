package io.flowblend.evidence;

import static io.flowblend.evidence.SyntheticReadings.CONDITIONS;
import static io.flowblend.evidence.SyntheticReadings.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.model.pair.BuiltInPair;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibrationsTest {
    private static final LearningRules RULES = LearningRules.DEFAULT;
    private final Calibrations calibrations = new Calibrations();

    private static PairEvidence learned(int requests, int every) {
        PairEvidence evidence = PairEvidence.unknown("fresh", "abc");
        for (int i = 0; i < requests; i++) {
            evidence = evidence.learned(request(CONDITIONS, i % every, every, 0.4, 0.1, 1000 + i), RULES);
        }
        return evidence;
    }

    private static SourceModel small(Calibration calibration) {
        return calibration.source(Source.SMALL).orElseThrow();
    }

    @Test
    void onlySourcesThatWereReadAreOffered() {
        Calibration calibration = calibrations.of(learned(3, 1));
        assertEquals(
                List.of(Source.SMALL, Source.REUSED),
                calibration.sources().stream().map(SourceModel::source).toList());
        assertEquals(
                List.of(), calibrations.of(PairEvidence.unknown("other", "")).sources());
    }

    @Test
    void measuredCellsSayWhatTheReadingsSaid() {
        Calibration calibration = calibrations.of(learned(20, 1));
        double sigma = 0.7;
        double step = 16.0 / 40;
        double correlation = Math.exp(-step / 4);
        SourceModel small = small(calibration);
        assertEquals(0.4, small.residual(sigma, Double.POSITIVE_INFINITY), 1e-9);
        assertEquals(correlation, small.gain(sigma, AnchorDistance.centre(1)), 1e-6);
        assertEquals(
                0.4 * Math.sqrt(1 - correlation * correlation), small.residual(sigma, AnchorDistance.centre(1)), 1e-6);
        SourceModel reused = calibration.source(Source.REUSED).orElseThrow();
        assertEquals(0.1 * step, reused.residual(sigma, AnchorDistance.centre(1)), 0.002);
    }

    @Test
    void cellsThatNobodyReadFollowTheirNeighboursAndThePriorShape() {
        SourceModel small = small(calibrations.of(learned(20, 1)));
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            List<SourceModel.Cell> row = small.cells().get(bin);
            assertEquals(0, row.get(5).count());
            for (int distance = 1; distance < AnchorDistance.CLASSES; distance++) {
                assertTrue(row.get(distance).residual() >= row.get(distance - 1).residual(), "bin " + bin);
                assertTrue(row.get(distance).gain() <= row.get(distance - 1).gain(), "bin " + bin);
            }
            assertTrue(row.get(5).residual() <= 0.4 + 1e-9, "never above plain SMALL");
            assertTrue(row.get(0).residual() < row.get(5).residual(), "bin " + bin);
        }
    }

    @Test
    void oneProbeGivesEveryCellAnExpectation() {
        RequestReadings one = new RequestReadings(
                CONDITIONS,
                SyntheticReadings.sigmas(40),
                List.of(io.flowblend.calibration.AnchorReading.plain(Source.SMALL, 0.5, 0.09)),
                List.of(),
                7);
        SourceModel small =
                small(calibrations.of(PairEvidence.unknown("fresh", "").learned(one, RULES)));
        small.cells()
                .forEach(row -> assertEquals(0.3, row.get(AnchorDistance.NONE).residual(), 1e-6));
        assertTrue(small.spread(0.5, Double.POSITIVE_INFINITY) > 0.05, "one request tells nothing of the spread");
        assertEquals(0.99, small.gain(0.5, 0), 1e-9);
    }

    @Test
    void readingThatTellsTheRestOfARequestGetsAGain() {
        Random random = new Random(3);
        PairEvidence alike = PairEvidence.unknown("alike", "");
        PairEvidence apart = PairEvidence.unknown("apart", "");
        for (int i = 0; i < 200; i++) {
            double hardness = Math.exp(0.3 * random.nextGaussian());
            alike = alike.learned(request(i, 0.4 * hardness, 0.1 * hardness), RULES);
            apart = apart.learned(unrelated(random, i), RULES);
        }
        assertEquals(1, small(calibrations.of(alike)).readingGain(0.5), 0.1);
        assertTrue(small(calibrations.of(apart)).readingGain(0.5) < 0.15);
    }

    private static RequestReadings unrelated(Random random, long at) {
        List<Double> sigmas = SyntheticReadings.sigmas(40);
        return new RequestReadings(
                CONDITIONS,
                sigmas,
                sigmas.stream()
                        .map(sigma -> io.flowblend.calibration.AnchorReading.plain(
                                Source.SMALL, sigma, 0.16 * Math.exp(0.6 * random.nextGaussian())))
                        .toList(),
                List.of(),
                at);
    }

    @Test
    void isDerivedOnceAVersionAndFittedOnlyWhereTwinRunsAreOthers() {
        PairEvidence evidence = learned(10, 1)
                .learned(List.of(SyntheticReadings.twin(Source.SMALL, 10, 4, 0.2, 0.3, 2000)), List.of(), 2000, RULES);
        Calibration first = calibrations.of(evidence, CONDITIONS);
        assertSame(first, calibrations.of(evidence, CONDITIONS));
        PairEvidence next = evidence.learned(request(3000, 0.4, 0.1), RULES);
        Calibration second = calibrations.of(next, CONDITIONS);
        assertNotSame(first, second);
        assertEquals(small(first).sensitivity(), small(second).sensitivity());
        assertTrue(
                first.origin().method().contains("1 twin runs"), first.origin().method());
        assertEquals("1970-01-01", first.origin().measuredOn());
    }

    @Test
    void conditionsThatWereNotLearnedCanPromiseNothing() {
        PairEvidence evidence =
                learned(20, 1).learned(List.of(), List.of(SyntheticReadings.promise(40, 0.1, 0.1, 2000)), 2000, RULES);
        Calibration strange = calibrations.of(evidence, SyntheticReadings.conditions(9, 40));
        assertEquals(PromiseCurve.NONE, strange.promises());
        assertTrue(strange.origin().method().contains("no promise"));
        assertEquals(0.4, small(strange).residual(0.5, Double.POSITIVE_INFINITY), 1e-9);
        assertEquals(
                1, calibrations.of(evidence, CONDITIONS).promises().samples().size());
    }

    @Test
    void shippedFilesCanBeReadAndAFolderToo(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder)
            throws java.io.IOException {
        ShippedEvidence shipped = ShippedEvidence.packaged();
        for (String pair :
                List.of(BuiltInPair.ID, "wan2.1-14b-1.3b", "ltx-video-13b-2b", "ltx-video-13b-2b-distilled")) {
            assertTrue(shipped.find(pair).orElseThrow().storedProfile().isPresent(), pair);
        }
        assertEquals(Optional.empty(), shipped.find("nobody"));
        java.nio.file.Files.writeString(folder.resolve("mine.json"), EvidenceJson.write(learned(2, 1)));
        String message = String.valueOf(org.junit.jupiter.api.Assertions.assertThrows(
                        io.flowblend.file.InvalidFileException.class,
                        () -> ShippedEvidence.in(folder).find("mine"))
                .getMessage());
        assertTrue(message.contains("'pair' must be 'mine'"), message);
    }
}
