package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.tuning.Profiles;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogCalibratorTest {
    private static final String FOREIGN = "a fox in the snow";
    private static final String POSSIBLE = "a red one moves up fast";
    private static final MemoryEvidenceStore STORE = new MemoryEvidenceStore(ShippedEvidence.packaged());

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open(@TempDir Path folder) {
        catalog = PairCatalog.open(
                folder, Optional.empty(), Profiles.open(Optional.empty(), "balanced"), STORE, FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static CatalogCalibrator course(List<String> prompts) {
        return new CatalogCalibrator(
                catalog::find, STORE, (pair, most) -> prompts, () -> LearningRules.DEFAULT, InstantSource.system());
    }

    private static CalibrationPlan plan(String pair, String... prompts) {
        return new CalibrationPlan(pair, List.of(prompts), CalibrationPlan.FEWEST);
    }

    private static InvalidRequestException refusal(CatalogCalibrator course, CalibrationPlan plan) {
        return assertThrows(InvalidRequestException.class, () -> course.complete(plan));
    }

    @Test
    void operatorsPromptsGoBeforeAllOthersAndMustAllBePossible() {
        try (CatalogCalibrator course = course(List.of("a blue two moves left fast"))) {
            assertEquals(plan(BuiltInPair.ID, POSSIBLE), course.complete(plan(BuiltInPair.ID, POSSIBLE)));
            InvalidRequestException refusal = refusal(course, plan(BuiltInPair.ID, POSSIBLE, " "));
            assertEquals("prompts", refusal.field());
            assertTrue(String.valueOf(refusal.getMessage()).startsWith("prompts[1]: "), refusal.getMessage());
        }
    }

    @Test
    void planWithoutPromptsTakesThoseThatSuitThePair() {
        try (CatalogCalibrator course = course(List.of(" ", POSSIBLE))) {
            assertEquals(plan(BuiltInPair.ID, POSSIBLE), course.complete(plan(BuiltInPair.ID)));
        }
    }

    @Test
    void noPromptsAtAllIsOneClearError() {
        try (CatalogCalibrator course = course(List.of())) {
            InvalidRequestException refusal = refusal(course, plan(BuiltInPair.ID));
            assertEquals("prompts", refusal.field());
            assertTrue(String.valueOf(refusal.getMessage()).contains("'" + BuiltInPair.ID + "'"), refusal.getMessage());
        }
    }

    @Test
    void refusesPlansThatCannotBeMeasured() {
        assertEquals(
                "samples",
                assertThrows(InvalidRequestException.class, () -> new CalibrationPlan(BuiltInPair.ID, List.of(), 3))
                        .field());
        try (CatalogCalibrator course = course(List.of())) {
            assertThrows(CalibrationFailedException.class, () -> course.complete(plan("nobody", FOREIGN)));
        }
    }

    @Test
    void goesOnAfterGivingWay() {
        List<String> lines = new ArrayList<>();
        MeasurementLog notebook = new MeasurementLog() {
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
        };
        double before = -1;
        try (CatalogCalibrator course = course(List.of())) {
            for (int call = 0; call < 4; call++) {
                int[] asked = new int[1];
                Calibrator.Progress progress =
                        course.advance(plan(BuiltInPair.ID, POSSIBLE), notebook, () -> ++asked[0] > 3);
                assertTrue(progress.done() > before && progress.done() < 1, progress.toString());
                assertEquals(0, progress.measured());
                before = progress.done();
            }
        }
    }
}
