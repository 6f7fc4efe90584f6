package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Listing;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
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

    @Test
    void letsTheOwnersTakeTurns() throws Exception {
        try (Service service = open(held(), new Service.MovableClock())) {
            service.submit("alice", "alice 0", 0);
            service.pipeline.awaitReached(1);
            for (int i = 1; i < 5; i++) {
                service.submit("alice", "alice " + i, 0);
            }
            VideoJob first = service.submit("bob", "bob 0", 0);
            VideoJob last = service.submit("carol", "carol 0", 0);
            service.submit("bob", "bob 1", 0);
            // Behind what each of the others has waiting first, not behind all of it.
            assertEquals(OptionalInt.of(2), service.get(first).queuePosition());
            assertEquals(OptionalInt.of(3), service.get(last).queuePosition());
            service.pipeline.release();
            Service.await(() -> service.pipeline.begun.size() == 8 && service.jobs.length() == 0);
            assertEquals(
                    List.of("alice 0", "alice 1", "bob 0", "carol 0", "alice 2", "bob 1", "alice 3", "alice 4"),
                    service.pipeline.begun);
        }
    }

    @Test
    void interruptsAVideoForAMoreUrgentOneAndGoesOnWithItAfterwards() throws Exception {
        try (Service service = open(new SteppedPipeline(), new Service.MovableClock())) {
            service.pipeline.hold();
            VideoJob usual = service.submit("alice", "usual", 0);
            service.pipeline.awaitReached(1);
            VideoJob low = service.submit("alice", "low", -1);
            VideoJob urgent = service.submit("bob", "urgent", 1);
            assertEquals(OptionalInt.of(1), service.get(urgent).queuePosition());
            assertEquals(OptionalInt.of(2), service.get(low).queuePosition());
            Thread.sleep(300); // until the next look at the queue is due
            service.pipeline.letGo(1);
            service.pipeline.awaitReached(1);
            assertEquals(List.of("usual", "urgent"), service.pipeline.begun);
            assertEquals(Status.QUEUED, service.get(usual).status());
            service.pipeline.release();
            assertEquals(Status.COMPLETED, service.awaitEnd(low).status());
            assertEquals(List.of("usual", "urgent", "usual", "low"), service.pipeline.begun);
            assertTrue(service.ears.heard.contains("resumed at 1"));
            assertEquals(
                    6, service.get(usual).report().orElseThrow().trace().steps().size());
        }
    }

    @Test
    void makesWhatHasADeadlineFirstOfItsOwnersAndLeavesTheOthersTheirTurns() throws Exception {
        try (Service service = open(held(), new Service.MovableClock())) {
            VideoJob first = service.submit("alice", "alice 0", 0);
            service.pipeline.awaitReached(1);
            service.submit("alice", "alice 1", 0);
            VideoJob bobs = service.submit("bob", "bob 0", 0);
            service.submit("alice", "alice 2", 0);
            VideoJob later = service.submit("alice", "tomorrow", 0, Optional.of(Duration.ofDays(1)));
            VideoJob sooner = service.submit("alice", "in an hour", 0, Optional.of(Duration.ofHours(1)));
            assertEquals(OptionalInt.of(1), sooner.queuePosition());
            assertEquals(OptionalInt.of(2), service.get(bobs).queuePosition());
            assertEquals(OptionalInt.of(3), service.get(later).queuePosition());
            Thread.sleep(300); // until the next look at the queue is due
            service.pipeline.letGo(1);
            service.pipeline.awaitReached(1);
            assertEquals(List.of("alice 0", "in an hour"), service.pipeline.begun);
            assertEquals(Status.QUEUED, service.get(first).status());
            service.pipeline.release();
            Service.await(() -> service.pipeline.begun.size() == 7 && !service.jobs.isBusy());
            assertEquals(
                    List.of("alice 0", "in an hour", "bob 0", "tomorrow", "alice 0", "alice 1", "alice 2"),
                    service.pipeline.begun);
            assertEquals(Status.COMPLETED, service.get(sooner).status());
            assertEquals(Status.COMPLETED, service.get(first).status());
        }
    }

    @Test
    void failsAVideoThatWaitsWhenItsDeadlineIsOver() throws Exception {
        WorkerSettings apiOnly = new WorkerSettings(false, true, 5, 0.01, 0);
        try (Service service = Service.open(folder, Service.QUICK, apiOnly, new SteppedPipeline())) {
            VideoJob pressing = service.submit("alice", "pressing", 0, Optional.of(Duration.ofMinutes(2)));
            VideoJob patient = service.submit("alice", "patient", 0);
            service.clock.step(Duration.ofHours(2)); // a clock that is wrong ends nothing
            Thread.sleep(500); // some looks at the deadlines
            assertEquals(Status.QUEUED, service.get(pressing).status());
            service.clock.step(Duration.ofHours(-2));
            service.clock.advance(Duration.ofMinutes(3));
            VideoJob late = service.awaitEnd(pressing);
            assertEquals("deadline_exceeded", late.failure().orElseThrow().code());
            assertEquals(Status.QUEUED, service.get(patient).status());
            Service.await(() -> service.ears.heard.contains("finished FAILED"));
        }
    }

    @Test
    void stopsAVideoThatIsBeingMadeWhenItsDeadlineIsOver() throws Exception {
        JobSettings slow = new JobSettings(
                20,
                0,
                0,
                Duration.ofDays(1),
                Duration.ofMinutes(10), // nobody takes the worker for dead while time flies
                Duration.ofMillis(50),
                Duration.ofSeconds(10),
                0,
                false);
        try (Service service = Service.open(folder, slow, WorkerSettings.DEFAULTS, held())) {
            VideoJob pressing = service.submit("alice", "pressing", 0, Optional.of(Duration.ofMinutes(2)));
            service.pipeline.awaitReached(1);
            service.pipeline.letGo(1);
            service.pipeline.awaitReached(1);
            service.clock.advance(Duration.ofMinutes(3));
            service.pipeline.release();
            VideoJob late = service.awaitEnd(pressing);
            assertEquals("deadline_exceeded", late.failure().orElseThrow().code());
            assertEquals(2, late.trace().orElseThrow().steps().size());
        }
    }

    @Test
    void makesNoMoreOfOneOwnersVideosAtATimeThanItsLimit() throws Exception {
        JobSettings one = new JobSettings(
                20,
                0,
                1,
                Duration.ofDays(1),
                Duration.ofMillis(150),
                Duration.ofMillis(50),
                Duration.ofSeconds(10),
                0,
                false);
        WorkerSettings shared = new WorkerSettings(true, true, 5, 0.01, 0);
        try (Service first = Service.open(folder, one, shared, held());
                Service second = Service.open(folder, one, shared, held())) {
            first.submit("alice", "alice 0", 0);
            Service.await(() -> first.pipeline.begun.size() + second.pipeline.begun.size() == 1);
            for (int i = 1; i < 4; i++) {
                first.submit("alice", "alice " + i, 0);
            }
            VideoJob bobs = first.submit("bob", "bob 0", 0);
            // The free worker passes over what alice has waiting.
            Service.await(() -> first.get(bobs).status() == Status.IN_PROGRESS);
            Thread.sleep(300); // some looks at the queue
            assertEquals(3, first.jobs.length());
            VideoJob urgent = first.submit("alice", "urgent", 1);
            first.pipeline.release();
            second.pipeline.release();
            Service.await(() -> first.jobs.length() == 0 && first.get(urgent).isFinal());
            Service.await(() -> first.jobs.list("alice", new Listing(20, Optional.empty(), true)).stream()
                    .allMatch(job -> job.status() == Status.COMPLETED));
            List<VideoJob> made = first.jobs.list("alice", new Listing(20, Optional.empty(), false)).stream()
                    .sorted(Comparator.comparing(job -> job.completedAt().orElseThrow()))
                    .toList();
            for (int i = 1; i < made.size(); i++) {
                Instant ended = made.get(i - 1).completedAt().orElseThrow();
                assertFalse(made.get(i).startedAt().orElseThrow().isBefore(ended), made.toString());
            }
        }
    }
}
