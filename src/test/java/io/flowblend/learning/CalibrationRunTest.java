package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.KnowledgeJson;
import io.flowblend.calibration.MemoryCalibrationStore;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.ShippedCalibrations;
import io.flowblend.experiment.DigitPrompts;
import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.FinishedVideos;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.Profiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair, calibrated on few steps. */
class CalibrationRunTest {
    private static final int LESSONS = 4;
    private static final OptionalInt STEPS = OptionalInt.of(8);
    private static final Duration ENOUGH = Duration.ofHours(1);
    private static final List<String> PROMPTS = DigitPrompts.drawn(LESSONS, 7);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    private static final MemoryCalibrationStore STORE = new MemoryCalibrationStore(ShippedCalibrations.packaged());

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open() {
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.empty(),
                Profiles.open(Optional.empty(), "balanced"),
                STORE,
                FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static Optional<CalibrationReport> run(
            List<String> prompts, Path progress, Duration budget, DoubleConsumer done) throws IOException {
        return new CalibrationRun(catalog.find("digits").orElseThrow(), STORE, prompts, LESSONS, STEPS, progress)
                .run(budget, done);
    }

    @Test
    void killedCalibrationGoesOnWhereItWasAndEndsInTheSameNumbers() throws IOException {
        Path whole = folder.resolve("whole.lessons");
        Calibration expected =
                run(PROMPTS, whole, ENOUGH, done -> {}).orElseThrow().calibration();

        Path killed = folder.resolve("killed.lessons");
        IllegalStateException kill = new IllegalStateException("killed");
        assertThrows(
                IllegalStateException.class,
                () -> run(PROMPTS, killed, ENOUGH, done -> {
                    if (done > 0.3) {
                        throw kill;
                    }
                }));
        String before = Files.readString(killed);
        assertEquals(2, before.lines().count());
        Files.writeString(killed, "{\"lesson\":2,\"finger", StandardOpenOption.APPEND);

        CalibrationReport report = run(PROMPTS, killed, ENOUGH, done -> {}).orElseThrow();
        assertEquals(expected, report.calibration());
        assertEquals(LESSONS, report.requests());
        String after = Files.readString(killed);
        assertTrue(after.startsWith(before), "what was measured is not measured again");
        assertEquals(LESSONS, after.lines().count());
    }

    @Test
    void endsBetweenTwoStepsWhenItsTimeIsOver() throws IOException {
        Path progress = folder.resolve("late.lessons");
        assertEquals(Optional.empty(), run(PROMPTS, progress, Duration.ZERO, done -> {}));
        assertTrue(Files.notExists(progress));
    }

    @Test
    void refusesTheMeasurementsOfAnotherPlan() throws IOException {
        Path progress = folder.resolve("other.lessons");
        run(PROMPTS, progress, ENOUGH, done -> {});
        InvalidFileException refusal = assertThrows(
                InvalidFileException.class,
                () -> run(List.of("a red one moves up fast"), progress, ENOUGH, done -> {}));
        assertTrue(String.valueOf(refusal.getMessage()).contains("belongs to a calibration of other"));
        Files.writeString(progress, "nonsense\n");
        assertThrows(InvalidFileException.class, () -> run(PROMPTS, progress, ENOUGH, done -> {}));
    }

    @Test
    void pairIsServedByWhatWasFoundAndTheFileHoldsAllOfIt() throws IOException {
        Calibration found = run(PROMPTS, folder.resolve("served.lessons"), ENOUGH, done -> {})
                .orElseThrow()
                .calibration();
        PairKnowledge known = STORE.find("digits").orElseThrow();
        assertEquals(PairState.ADAPTIVE, known.state());
        assertEquals(Optional.of(found), known.shipped());
        assertEquals(catalog.find("digits").orElseThrow().fingerprint(), known.fingerprint());
        byte[] file = KnowledgeJson.write(known).getBytes(StandardCharsets.UTF_8);
        PairKnowledge read = KnowledgeJson.read("digits.json", new ByteArrayInputStream(file));
        assertEquals(Optional.of(found), read.shipped());
        assertEquals(known.fingerprint(), read.fingerprint());
    }
}
