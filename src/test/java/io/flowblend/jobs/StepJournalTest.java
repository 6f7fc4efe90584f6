package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.agroal.api.AgroalDataSource;
import io.flowblend.control.Decision;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Step;
import io.flowblend.sampling.StepRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepJournalTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void anotherProcessReadsTheStepsOfAVideoThatIsBeingMade() throws Exception {
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            VideoJob job = service.submit("a red three");
            Service.await(() -> service.get(job).status() == VideoJob.Status.IN_PROGRESS);
            AgroalDataSource pool = DatabaseFile.open(folder);
            StepJournal worker = new StepJournal(pool);
            StepJournal reader = new StepJournal(pool);

            worker.started(job);
            worker.step(job, step(0, Reason.HEAD));
            assertEquals(List.of(step(0, Reason.HEAD)), reader.read(job.id()).steps());
            worker.step(job, step(1, Reason.HEAD));
            Thread.sleep(600);
            worker.step(job, step(2, Reason.HEAD));
            worker.step(job, step(3, Reason.HEAD));
            assertEquals(3, reader.read(job.id()).steps().size());
            worker.left(job);

            // Another attempt goes on from the second step.
            StepJournal successor = new StepJournal(pool);
            successor.started(job);
            successor.step(job, step(1, Reason.PLAN));
            assertEquals(
                    List.of(step(0, Reason.HEAD), step(1, Reason.PLAN)),
                    reader.read(job.id()).steps());
            successor.step(job, step(2, Reason.PLAN));
            Thread.sleep(600);
            successor.step(job, step(3, Reason.PLAN));
            assertEquals(
                    List.of(0, 1, 2, 3),
                    reader.read(job.id()).steps().stream()
                            .map(step -> step.step().index())
                            .toList());

            successor.finished(job);
            assertEquals(List.of(), reader.read(job.id()).steps());

            IntStream.range(0, 2).forEach(i -> successor.step(job, step(i, Reason.PLAN)));
            service.pipeline.release();
            service.awaitEnd(job);
            service.jobs.delete(job.owner(), job.id());
            assertEquals(List.of(), reader.read(job.id()).steps());
            pool.close();
        }
    }

    private static StepRecord step(int index, Reason reason) {
        Step step = new Step(index, 4, 1 - index / 4.0, 0.75 - index / 4.0);
        return new StepRecord(Reading.of(step, Decision.large(reason)), 0.1, 0, 1e9);
    }
}
