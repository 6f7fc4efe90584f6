package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Listing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueOrderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Service open(SteppedPipeline pipeline, Service.MovableClock clock) {
        return Service.open(folder, folder.resolve("artifacts"), Service.QUICK, pipeline, clock);
    }

    private static SteppedPipeline held() {
        SteppedPipeline pipeline = new SteppedPipeline();
        pipeline.hold();
        return pipeline;
    }

    @Test
    void makesVideosInTheirOrderThoughTheClockIsPutBackAnHour() throws Exception {
        Service.MovableClock clock = new Service.MovableClock();
        List<VideoJob> waiting = new ArrayList<>();
        try (Service service = open(held(), clock)) {
            service.submit("first");
            service.pipeline.awaitReached(1);
            waiting.add(service.submit("second"));
            clock.step(Duration.ofHours(-1));
            waiting.add(service.submit("third"));
            assertTrue(waiting.get(0).id().compareTo(waiting.get(1).id()) < 0);
            service.closeBetweenSteps();
        }
        clock.step(Duration.ofHours(-1));
        try (Service service = open(new SteppedPipeline(), clock)) {
            waiting.add(service.submit("fourth"));
            assertTrue(waiting.get(1).id().compareTo(waiting.get(2).id()) < 0);
            service.awaitEnd(waiting.get(2));
            assertEquals(List.of("first", "second", "third", "fourth"), service.pipeline.begun);
        }
    }

    @Test
    void numbersEveryWaitingVideoOfAPage() throws Exception {
        try (Service service = open(held(), new Service.MovableClock())) {
            service.submit("running");
            service.pipeline.awaitReached(1);
            for (int i = 0; i < 6; i++) {
                service.submit("waiting " + i);
            }
            List<VideoJob> page = service.jobs.list(Service.OWNER, new Listing(3, Optional.empty(), true));
            assertEquals(
                    List.of(OptionalInt.of(6), OptionalInt.of(5), OptionalInt.of(4)),
                    page.stream().map(VideoJob::queuePosition).toList());
            List<VideoJob> first = service.jobs.list(Service.OWNER, new Listing(2, Optional.empty(), false));
            assertEquals(
                    List.of(OptionalInt.empty(), OptionalInt.of(1)),
                    first.stream().map(VideoJob::queuePosition).toList());
            for (VideoJob job : page) {
                assertEquals(job.queuePosition(), service.get(job).queuePosition());
            }
        }
    }

    @Test
    void triesAVideoLastAndAloneThatWasThereWhenWorkersDied() throws Exception {
        VideoJob suspect;
        VideoJob innocent;
        try (Service service = open(held(), new Service.MovableClock())) {
            suspect = service.submit("suspect");
            service.pipeline.awaitReached(1);
            service.kill();
        }
        try (Service service = open(held(), new Service.MovableClock())) {
            service.pipeline.awaitReached(1);
            assertEquals(List.of("suspect"), service.pipeline.begun);
            innocent = service.submit("innocent");
            service.kill();
        }
        try (Service service = open(held(), new Service.MovableClock())) {
            service.pipeline.awaitReached(1);
            assertEquals(List.of("innocent"), service.pipeline.begun);
            Service.await(() -> service.get(suspect).status() == Status.QUEUED);
            assertEquals(OptionalInt.of(1), service.get(suspect).queuePosition());
            VideoJob late = service.submit("late");
            assertEquals(OptionalInt.of(1), late.queuePosition());
            assertEquals(OptionalInt.of(2), service.get(suspect).queuePosition());
            service.pipeline.release();
            assertEquals(Status.COMPLETED, service.awaitEnd(suspect).status());
            assertEquals(List.of("innocent", "late", "suspect"), service.pipeline.begun);
            assertEquals(Status.COMPLETED, service.get(innocent).status());
        }
    }
}
