package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.agroal.api.AgroalDataSource;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.model.pair.BuiltInPair;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationJobRepositoryTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final String ID = "calibration_1";

    @SuppressWarnings("NullAway.Init")
    private AgroalDataSource pool;

    @SuppressWarnings("NullAway.Init")
    private CalibrationJobRepository repository;

    @BeforeEach
    void open(@TempDir Path folder) {
        pool = DatabaseFile.open(folder);
        repository = new CalibrationJobRepository(pool);
        repository.insert(new CalibrationJob(
                ID,
                new CalibrationPlan(BuiltInPair.ID, List.of("a cat"), 4),
                Status.QUEUED,
                0,
                0,
                NOW,
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
        repository.begin(ID, NOW);
        repository.notebook(ID).add("a note");
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private CalibrationJob job() {
        return repository.find(ID).orElseThrow();
    }

    @Test
    void theEndTakesPromptsAndNotesWithIt() {
        repository.complete(ID, NOW);
        assertEquals(Status.COMPLETED, job().status());
        assertEquals(List.of(), job().plan().prompts());
        assertEquals(List.of(), repository.notebook(ID).lines());
    }

    @Test
    void isNotFinalWhileItsNotesAreThere() {
        Jdbc jdbc = new Jdbc(pool);
        jdbc.update("create table held (id varchar(40), line integer, foreign key (id, line) references "
                + "calibration_notes (calibration_id, line))");
        jdbc.update("insert into held values (?, 1)", ID);
        assertThrows(Jdbc.DatabaseException.class, () -> repository.complete(ID, NOW));
        assertEquals(Status.IN_PROGRESS, job().status());
        assertEquals(List.of("a cat"), job().plan().prompts());
        assertEquals(List.of("a note"), repository.notebook(ID).lines());

        jdbc.update("delete from held");
        repository.complete(ID, NOW);
        assertEquals(Status.COMPLETED, job().status());
        assertEquals(List.of(), repository.notebook(ID).lines());
    }
}
