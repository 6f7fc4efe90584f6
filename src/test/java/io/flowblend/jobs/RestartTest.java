package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RestartTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void goesOnWithRunningAndWaitingVideosInTheirOrderAfterAShutdown() throws Exception {
        VideoJob running;
        VideoJob waiting;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            running = service.submit("running");
            service.pipeline.awaitReached(1);
            waiting = service.submit("waiting");
            service.closeBetweenSteps();
        }
        try (Service service = Service.open(folder)) {
            service.awaitEnd(waiting);
            assertEquals(Status.COMPLETED, service.get(running).status());
            assertEquals(Optional.of(Service.REQUEST_ID), service.get(running).requestId());
            assertEquals(List.of("running", "waiting"), service.pipeline.begun);
            assertEquals(List.of(running.id(), waiting.id()), service.files());
        }
    }

    @Test
    void leavesAStoppedVideoQueuedWithoutProgress() throws Exception {
        VideoJob running;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            running = service.submit("running");
            service.pipeline.awaitReached(1);
            Thread.sleep(300);
            service.pipeline.letGo(1);
            service.pipeline.awaitReached(1);
            assertEquals(16, service.get(running).progress());
            service.closeBetweenSteps();
            assertEquals(List.of("started IN_PROGRESS", "step 0 at 16", "step 1 at 33"), service.ears.heard);
        }
        SteppedPipeline held = new SteppedPipeline();
        held.hold();
        try (Service service = Service.open(folder, folder.resolve("artifacts"), Service.QUICK, held)) {
            held.awaitReached(1);
            assertEquals(0, service.get(running).progress());
        }
    }

    @Test
    void makesAVideoAgainWhoseWorkerDied() throws Exception {
        VideoJob running;
        VideoJob waiting;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            running = service.submit("running");
            service.pipeline.awaitReached(1);
            waiting = service.submit("waiting");
            service.kill();
        }
        try (Service service = Service.open(folder)) {
            assertEquals(Status.COMPLETED, service.awaitEnd(running).status());
            assertEquals(Status.COMPLETED, service.awaitEnd(waiting).status());
        }
    }

    @ParameterizedTest
    @EnumSource
    void makesEverythingAgainAfterTheProcessWasKilled(DoomedProcess.Point point) throws Exception {
        String[] ids = DoomedProcess.runAndKill(folder, point);
        if (point == DoomedProcess.Point.BETWEEN_TWO_FILES) {
            assertTrue(Files.exists(folder.resolve("artifacts/.staging-" + ids[0] + "-1/video.mp4")));
        }
        try (Service service = Service.open(folder)) {
            for (String id : ids) {
                VideoJob job = service.jobs.find(Service.OWNER, id).orElseThrow();
                assertEquals(Status.COMPLETED, service.awaitEnd(job).status());
            }
            assertEquals(List.of(ids), service.files());
        }
    }

    @Test
    void givesUpAVideoThatBringsItsWorkerDownAgainAndAgain() throws Exception {
        VideoJob poison;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            poison = service.submit("poison");
            service.pipeline.awaitReached(1);
            service.kill();
        }
        for (int i = 0; i < 2; i++) {
            SteppedPipeline held = new SteppedPipeline();
            held.hold();
            try (Service service = Service.open(folder, folder.resolve("artifacts"), Service.QUICK, held)) {
                held.awaitReached(1);
                service.kill();
            }
        }
        try (Service service = Service.open(folder)) {
            assertEquals(
                    "worker_lost",
                    service.awaitEnd(poison).failure().orElseThrow().code());
            assertEquals(List.of(), service.pipeline.begun);
        }
    }

    @Test
    void letsGoOfAVideoThatAnotherWorkerTookOver() throws Exception {
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            VideoJob job = service.submit("taken for dead");
            service.pipeline.awaitReached(1);
            service.repository().requeueLost(job.id());
            service.sql("update scheduled_tasks set picked = false, version = version + 1 where task_instance = '"
                    + job.id() + "'");
            Thread.sleep(300);
            service.pipeline.release();
            assertEquals(Status.COMPLETED, service.awaitEnd(job).status());
            assertEquals(List.of("taken for dead", "taken for dead"), service.pipeline.begun);
            assertEquals(
                    List.of("started IN_PROGRESS", "step 0 at 16", "started IN_PROGRESS"),
                    service.ears.heard.subList(0, 3));
            assertEquals(List.of(job.id()), service.files());
        }
    }

    @Test
    void sharesTheQueueWithAnotherWorker() throws Exception {
        try (Service one = Service.open(folder);
                Service two = Service.open(folder)) {
            one.pipeline.hold();
            two.pipeline.hold();
            VideoJob first = one.submit("first");
            VideoJob second = one.submit("second");
            one.pipeline.awaitReached(1);
            two.pipeline.awaitReached(1);
            assertEquals(1, one.pipeline.begun.size());
            assertEquals(1, two.pipeline.begun.size());
            // Cancelled here, wherever it is made.
            Thread.sleep(300);
            one.jobs.cancel(Service.OWNER, first.id());
            one.jobs.cancel(Service.OWNER, second.id());
            one.pipeline.release();
            two.pipeline.release();
            assertEquals(
                    "cancelled", two.awaitEnd(first).failure().orElseThrow().code());
            assertEquals(
                    "cancelled", two.awaitEnd(second).failure().orElseThrow().code());
        }
    }

    @Test
    void remembersACancellationOverACrash() throws Exception {
        VideoJob running;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            running = service.submit("running");
            service.pipeline.awaitReached(1);
            service.jobs.cancel(Service.OWNER, running.id());
            service.kill();
        }
        try (Service service = Service.open(folder)) {
            assertEquals(
                    "cancelled",
                    service.awaitEnd(running).failure().orElseThrow().code());
            assertEquals(List.of(), service.pipeline.begun);
        }
    }

    @Test
    void clearsTheHalfWrittenFilesOfACrashAndSetsUnknownVideosAside() throws Exception {
        VideoJob done;
        try (Service service = Service.open(folder)) {
            done = service.awaitEnd(service.submit("done"));
        }
        Path artifacts = folder.resolve("artifacts");
        String gone = "video_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        Files.createDirectories(artifacts.resolve(".staging-" + gone + "-1"));
        Files.write(artifacts.resolve(".staging-" + gone + "-1").resolve("video.mp4"), new byte[10]);
        Files.createDirectories(artifacts.resolve(gone));
        Files.write(artifacts.resolve(gone).resolve("video.mp4"), new byte[10]);
        Files.write(artifacts.resolve("notes.txt"), new byte[10]);
        try (Service service = Service.open(folder)) {
            assertEquals(List.of(".quarantine", "notes.txt", done.id()), service.files());
            assertTrue(
                    Files.exists(artifacts.resolve(".quarantine").resolve(gone).resolve("video.mp4")));
            assertTrue(service.jobs
                    .artifact(service.get(done), VideoJobs.Artifact.VIDEO)
                    .isPresent());
        }
    }

    @Test
    void schedulesAVideoWhoseTaskWasNeverWritten() throws Exception {
        VideoJob job;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            service.submit("running");
            service.pipeline.awaitReached(1);
            job = service.submit("waiting");
            service.sql("delete from scheduled_tasks where task_instance = '" + job.id() + "'");
            service.kill();
        }
        try (Service service = Service.open(folder)) {
            assertEquals(Status.COMPLETED, service.awaitEnd(job).status());
        }
    }

    @Test
    void goesOnFromWhereAShutdownStoppedIt() throws Exception {
        VideoJob running;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            running = service.submit("running");
            service.pipeline.awaitReached(1);
            service.pipeline.letGo(1);
            service.pipeline.awaitReached(1);
            service.closeBetweenSteps();
            assertEquals(List.of(running.id()), service.checkpoints());
        }
        try (Service service = Service.open(folder)) {
            VideoJob done = service.awaitEnd(running);
            assertEquals(Status.COMPLETED, done.status());
            assertEquals(6, done.report().orElseThrow().trace().steps().size());
            assertEquals(
                    List.of("started IN_PROGRESS", "resumed at 2", "step 2 at 50"), service.ears.heard.subList(0, 3));
            Service.await(() -> noCheckpoints(service));
        }
    }

    private static boolean noCheckpoints(Service service) {
        try {
            return service.checkpoints().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void goesOnFromTheLastCheckpointWhenTheWorkerDiedUnlessItIsDamaged() throws Exception {
        WorkerSettings everySecond = new WorkerSettings(true, false, 2, 1, 0);
        VideoJob running;
        try (Service service = Service.open(folder, everySecond, new SteppedPipeline())) {
            service.pipeline.hold();
            running = service.submit("running");
            for (int step = 0; step < 5; step++) {
                service.pipeline.awaitReached(1);
                service.pipeline.letGo(1);
            }
            service.pipeline.awaitReached(1);
            service.kill();
        }
        Path checkpoints = folder.resolve("artifacts/.checkpoints").resolve(running.id());
        Files.write(checkpoints.resolve("step-000004"), new byte[] {1});
        try (Service service = Service.open(folder)) {
            VideoJob done = service.awaitEnd(running);
            assertEquals(Status.COMPLETED, done.status());
            assertEquals("resumed at 2", service.ears.heard.get(1));
            assertEquals(6, done.report().orElseThrow().trace().steps().size());
        }
    }

    @Test
    void leavesVideosToWorkersThatHaveTheirPair() throws Exception {
        WorkerSettings shared = new WorkerSettings(true, true, 5, 0.01, 0);
        SteppedPipeline other = new SteppedPipeline("fedcba9876543210fedcba9876543210");
        try (Service one = Service.open(folder, shared, new SteppedPipeline());
                Service two = Service.open(folder, shared, other)) {
            one.pipeline.hold();
            VideoJob first = one.submit("first");
            one.pipeline.awaitReached(1);
            VideoJob second = one.submit("second");
            VideoJob third = two.submit("third");
            assertEquals(Status.COMPLETED, two.awaitEnd(third).status());
            assertEquals(Status.QUEUED, two.get(second).status());
            assertEquals(List.of("third"), other.begun);
            one.pipeline.release();
            assertEquals(Status.COMPLETED, one.awaitEnd(first).status());
            assertEquals(Status.COMPLETED, one.awaitEnd(second).status());
        }
    }

    @Test
    void takesRequestsWithoutMakingThemWhereItIsNoWorker() throws Exception {
        WorkerSettings apiOnly = new WorkerSettings(false, true, 5, 0.01, 0);
        try (Service api = Service.open(folder, apiOnly, new SteppedPipeline())) {
            VideoJob job = api.submit("asked here");
            Thread.sleep(300);
            assertEquals(Status.QUEUED, api.get(job).status());
            try (Service worker = Service.open(folder)) {
                assertEquals(Status.COMPLETED, api.awaitEnd(job).status());
                assertEquals(List.of("asked here"), worker.pipeline.begun);
            }
        }
    }
}
