package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Source;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair, as one that nothing is known about, calibrated on few steps. */
class CalibrationRunTest {
    private static final int SAMPLES = 4;
    private static final OptionalInt STEPS = OptionalInt.of(8);
    private static final LearningRules RULES = new LearningRules(1, 2, 256, 12);
    private static final List<String> PROMPTS =
            List.of("a red seven moves left fast", "a blue two moves up slowly and a green one moves right fast");

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private static MemoryEvidenceStore store;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        Path broken = PairCopies.copy(pairs, "broken");
        PairCopies.edit(broken.resolve("pair.yaml"), "id: " + BuiltInPair.ID, "id: broken");
        PairCopies.poison(broken.resolve("small"));
        store = new MemoryEvidenceStore(ShippedEvidence.in(folder));
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.empty(), "balanced"),
                store,
                FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static CalibrationRun run(String pair, List<String> prompts, MeasurementLog log) {
        VideoPipeline pipeline = catalog.find(pair).orElseThrow();
        return new CalibrationRun(
                pipeline,
                store,
                new CalibrationPlan(pair, prompts, SAMPLES),
                STEPS,
                log,
                () -> RULES,
                InstantSource.system());
    }

    @Test
    void leftAfterEachStepItMeasuresTheSameAsInOneGoAndServesThePair() {
        MemoryLog whole = new MemoryLog("whole");
        CalibrationReport report = finished(run(BuiltInPair.ID, PROMPTS, whole));
        PairEvidence known = store.find(BuiltInPair.ID).orElseThrow();
        assertEquals(PairState.ADAPTIVE, known.state());
        assertTrue(known.storedProfile().orElseThrow().deviation().orElseThrow() > 0);
        Calibration calibration = report.calibration();
        assertTrue(calibration.source(Source.SMALL).isPresent()
                && calibration.source(Source.REUSED).isPresent());
        assertTrue(isMeasured(calibration, 8, "RS") && isMeasured(calibration, 8, "RS="));
        assertTrue(isMeasured(calibration, 4, "S"));
        assertTrue(report.table().contains("SMALL, exponent"), report.table());

        MemoryLog parts = new MemoryLog("parts");
        double before = 0;
        int calls = 0;
        boolean done = false;
        while (!done) {
            // Anew from the log each time that a sample is complete, as after a restart.
            try (CalibrationRun again = run(BuiltInPair.ID, PROMPTS, parts)) {
                int lines = parts.lines.size();
                while (!done && parts.lines.size() == lines) {
                    done = again.advance(() -> true);
                    calls++;
                }
                assertTrue(again.fractionDone() >= before, "progress does not fall");
                before = again.fractionDone();
            }
        }
        assertTrue(calls > 8 * SAMPLES, "it gives way after each step");
        assertEquals(1, before);
        assertEquals(whole.lines.size(), parts.lines.size());
        for (int i = 0; i < whole.lines.size(); i++) {
            assertEquals(timeless(whole.lines.get(i)), timeless(parts.lines.get(i)));
        }
    }

    private static boolean isMeasured(Calibration calibration, int steps, String mix) {
        return calibration.promises().samples().stream()
                .anyMatch(sample -> sample.steps() == steps && sample.mix().equals(mix));
    }

    /** Without the times, which differ from run to run. */
    private static String timeless(String line) {
        return line.replaceAll("\"(at|seconds)\":[0-9.E-]+", "");
    }

    private static CalibrationReport finished(CalibrationRun run) {
        try (run) {
            assertTrue(run.advance(() -> false));
            assertEquals(1, run.fractionDone());
            assertEquals(SAMPLES, run.measured());
            return run.report().orElseThrow();
        }
    }

    @Test
    void smallModelThatAlwaysFailsIsOneClearErrorAndNothingIsLearned() {
        try (CalibrationRun run = run("broken", PROMPTS, new MemoryLog("broken"))) {
            CalibrationFailedException failure =
                    assertThrows(CalibrationFailedException.class, () -> run.advance(() -> false));
            assertEquals("non_finite_output", failure.code());
        }
        assertFalse(store.find("broken")
                .filter(known -> known.state() == PairState.ADAPTIVE)
                .isPresent());
    }

    @Test
    void logOfAnotherCalibrationIsRefused() {
        MemoryLog log = new MemoryLog("log");
        try (CalibrationRun run = run(BuiltInPair.ID, PROMPTS, log)) {
            while (log.lines.isEmpty()) {
                run.advance(() -> true);
            }
        }
        InvalidFileException refusal = assertThrows(
                InvalidFileException.class, () -> run(BuiltInPair.ID, List.of("a cyan nine moves down slowly"), log));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith("log: belongs to a calibration of other models"));
        log.lines.set(0, "not JSON");
        assertThrows(InvalidFileException.class, () -> run(BuiltInPair.ID, PROMPTS, log));
    }

    private static final class MemoryLog implements MeasurementLog {
        private final String name;
        private final List<String> lines = new ArrayList<>();

        MemoryLog(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
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
}
