package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Reach;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.experiment.DigitPrompts;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.pipeline.FinishedVideos;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.tuning.Profiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair, calibrated on few steps. */
class CalibrationRunTest {
    private static final int LESSONS = 4;
    private static final int HELD_OUT = 2;
    private static final int TRIALS = 2 * HELD_OUT;
    private static final OptionalInt STEPS = OptionalInt.of(8);
    private static final List<String> PROMPTS = DigitPrompts.drawn(LESSONS, 7);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    private static final MemoryEvidenceStore STORE = new MemoryEvidenceStore(ShippedCalibrations.packaged());

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open() throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        Path broken = PairCopies.copy(pairs, "broken");
        PairCopies.edit(broken.resolve("pair.yaml"), "id: digits", "id: broken");
        PairCopies.poison(broken.resolve("small"));
        Path profiles = Files.createDirectories(folder.resolve("profiles"));
        try (InputStream balanced = CalibrationRunTest.class.getResourceAsStream("/profiles/balanced.yaml")) {
            String text = new String(Objects.requireNonNull(balanced).readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(
                    profiles.resolve("balanced.yaml"), text.replaceFirst("min-samples: \\d+", "min-samples: 1"));
        }
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.of(profiles), "balanced"),
                STORE,
                FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static CalibrationRun run(List<String> prompts, MeasurementLog notebook) {
        return run(catalog.find("digits").orElseThrow(), STORE, prompts, notebook);
    }

    private static CalibrationRun run(
            VideoPipeline pipeline, EvidenceStore store, List<String> prompts, MeasurementLog notebook) {
        return new CalibrationRun(
                pipeline,
                store,
                new CalibrationPlan(pipeline.spec().id(), prompts, LESSONS),
                STEPS,
                notebook,
                () -> LearningRules.DEFAULT,
                InstantSource.system());
    }

    private static CalibrationReport whole(MeasurementLog notebook) {
        try (CalibrationRun run = run(PROMPTS, notebook)) {
            assertTrue(run.advance(() -> false));
            assertEquals(1, run.fractionDone());
            return run.report().orElseThrow();
        }
    }

    /** Advances until the notebook has so many lines, and a few steps more. */
    private static void begin(MemoryNotebook notebook, int lines) {
        int more = 0;
        try (CalibrationRun run = run(PROMPTS, notebook)) {
            double before = 0;
            while (more < 3) {
                assertFalse(run.advance(() -> true) || run.report().isPresent());
                assertTrue(run.fractionDone() >= before, "progress does not fall");
                before = run.fractionDone();
                if (notebook.lines().size() >= lines) {
                    more++;
                }
            }
        }
    }

    private static final class MemoryNotebook implements MeasurementLog {
        private final List<String> lines = new ArrayList<>();

        @Override
        public String name() {
            return "memory";
        }

        @Override
        public List<String> lines() {
            return List.copyOf(lines);
        }

        @Override
        public void add(String line) {
            lines.add(line);
        }
    }

    @Test
    void killedCalibrationGoesOnWhereItWasAndEndsInTheSameNumbers() {
        MemoryNotebook notebook = new MemoryNotebook();
        Calibration expected = whole(notebook).calibration();
        assertEquals(LESSONS + TRIALS, notebook.lines().size(), "each lesson, and a trial of those held out");

        for (int lines : new int[] {2, LESSONS}) {
            MemoryNotebook killed = new MemoryNotebook();
            begin(killed, lines);
            List<String> before = killed.lines();
            assertEquals(lines, before.size());
            CalibrationReport report = whole(killed);
            assertEquals(expected, report.calibration());
            assertEquals(LESSONS, report.requests());
            assertEquals(before, killed.lines().subList(0, lines), "what was measured is not measured again");
            assertEquals(LESSONS + TRIALS, killed.lines().size());
        }
    }

    @Test
    void budgetsReachAsFarAsTheHeldOutRequestsWent() {
        MemoryNotebook notebook = new MemoryNotebook();
        CalibrationReport report = whole(notebook);
        Reach reach = report.calibration().reach();
        List<String> trials = notebook.lines().subList(LESSONS, notebook.lines().size());
        for (String trial : trials) {
            int steps = (int) number(trial, "steps");
            Stream.of(trial.split("\\{\"quality\""))
                    .skip(1)
                    .forEach(one -> assertTrue(
                            number(one, "actual") <= reach.of(number(one, "budget"), steps) + 1e-12,
                            one + " within " + reach));
        }
        assertEquals(
                List.of(4, 8),
                reach.points().stream().map(Reach.Point::steps).distinct().toList(),
                "the lessons' steps, and half as many");
        report.promises().forEach(promise -> assertEquals(HELD_OUT, promise.requests(), promise.toString()));
        report.promises().forEach(promise -> assertTrue(promise.meanCost() > 0.1, promise.toString()));
    }

    private static double number(String json, String name) {
        String after = json.substring(json.indexOf("\"" + name + "\":") + name.length() + 3);
        return Double.parseDouble(after.split("[,}]", -1)[0]);
    }

    @Test
    void trialOfAnotherFitDoesNotCount() {
        MemoryNotebook notebook = new MemoryNotebook();
        whole(notebook);
        String trial = notebook.lines.remove(LESSONS);
        notebook.add(trial.replaceFirst("\"range\":0\\.", "\"range\":1."));
        whole(notebook);
        assertEquals(LESSONS + TRIALS + 1, notebook.lines().size());
        assertEquals(trial, notebook.lines().get(LESSONS + TRIALS));
    }

    @Test
    void refusesTheMeasurementsOfAnotherPlan() {
        MemoryNotebook notebook = new MemoryNotebook();
        begin(notebook, 1);
        InvalidFileException refusal =
                assertThrows(InvalidFileException.class, () -> run(List.of("a red one moves up fast"), notebook));
        assertTrue(String.valueOf(refusal.getMessage()).contains("belongs to a calibration of other"));
        notebook.add("nonsense");
        assertThrows(InvalidFileException.class, () -> run(PROMPTS, notebook));
    }

    @Test
    void pairIsServedByWhatWasFoundWhileOtherBucketsAndTheHistoryStay() {
        MemoryNotebook notebook = new MemoryNotebook();
        RequestReadings elsewhere = new RequestReadings(
                new Conditions(1, 8, "unipc", 4096, 17, false),
                1,
                List.of(1.0, 0.0),
                List.of(new RequestReadings.Probe(1, new VelocityDivergence(0.1, 0.2, 0.3))),
                List.of(),
                5);
        STORE.update("digits", known -> known.learned(elsewhere, LearningRules.DEFAULT));
        Calibration found = whole(notebook).calibration();
        PairEvidence known = STORE.find("digits").orElseThrow();
        assertEquals(PairState.ADAPTIVE, known.state());
        assertEquals(Optional.of(found), known.shipped());
        assertEquals(catalog.find("digits").orElseThrow().fingerprint(), known.fingerprint());
        assertEquals(
                1,
                known.buckets()
                        .getOrDefault("guidance-1.0", BucketEvidence.NONE)
                        .requests());
        assertTrue(known.history().stream().anyMatch(move -> move.bucket().equals("guidance-1.0")));
        assertEquals(List.of(), known.twins());
        byte[] file = EvidenceJson.write(known).getBytes(StandardCharsets.UTF_8);
        PairEvidence read = EvidenceJson.read("digits.json", new ByteArrayInputStream(file));
        assertEquals(Optional.of(found), read.shipped());
        assertEquals(known.fingerprint(), read.fingerprint());
    }

    @Test
    void pairThatNobodyKnowsLearnsFromEachLessonAtOnce() {
        MemoryEvidenceStore store = new MemoryEvidenceStore(ShippedCalibrations.in(folder));
        MemoryNotebook notebook = new MemoryNotebook();
        try (CalibrationRun run = run(catalog.find("digits").orElseThrow(), store, PROMPTS, notebook)) {
            while (notebook.lines().isEmpty()) {
                assertFalse(run.advance(() -> true));
            }
            assertEquals(1, run.learned());
        }
        PairEvidence known = store.find("digits").orElseThrow();
        assertEquals(PairState.LEARNING, known.state());
        assertEquals(10, known.twins().size(), "all but the patterns that are held out");
    }

    @Test
    void smallModelThatAlwaysFailsIsNotCalibrated() {
        MemoryNotebook notebook = new MemoryNotebook();
        try (CalibrationRun run = run(catalog.find("broken").orElseThrow(), STORE, PROMPTS, notebook)) {
            GenerationFailedException failure =
                    assertThrows(GenerationFailedException.class, () -> run.advance(() -> false));
            assertEquals("non_finite_output", failure.code());
        }
    }
}
