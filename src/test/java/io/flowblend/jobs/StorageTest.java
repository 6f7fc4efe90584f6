package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a database and a folder which do not belong together, or a disk that is full, cost no video. */
class StorageTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static JobSettings settings(long minFreeBytes, boolean adopt) {
        JobSettings quick = Service.QUICK;
        return new JobSettings(
                quick.queueLimit(),
                quick.ownerLimit(),
                quick.runningLimit(),
                quick.retention(),
                quick.heartbeat(),
                quick.pollInterval(),
                quick.shutdownGrace(),
                minFreeBytes,
                adopt);
    }

    private VideoJob madeVideo() throws Exception {
        try (Service service = Service.open(folder)) {
            return service.awaitEnd(service.submit("kept"));
        }
    }

    @Test
    void refusesAFolderOfAnotherDatabaseAndTouchesNothing() throws Exception {
        VideoJob done = madeVideo();
        Path artifacts = folder.resolve("artifacts");
        Path empty = Files.createDirectories(folder.resolve("empty"));

        StoreMismatchException refusal =
                assertThrows(StoreMismatchException.class, () -> Service.open(empty, artifacts, Service.QUICK)
                        .close());

        assertTrue(String.valueOf(refusal.getMessage()).contains(artifacts.toString()));
        assertTrue(Files.exists(artifacts.resolve(done.id()).resolve(Artifact.VIDEO.fileName())));
    }

    @Test
    void refusesAnEmptyFolderWhereTheDatabaseKnowsVideos() throws Exception {
        madeVideo();
        assertThrows(
                StoreMismatchException.class, () -> Service.open(folder, folder.resolve("not-mounted"), Service.QUICK)
                        .close());
    }

    @Test
    void setsVideosAsideThatTheDatabaseDoesNotKnowWhenItIsToldToTakeTheFolder() throws Exception {
        VideoJob done = madeVideo();
        Path artifacts = folder.resolve("artifacts");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        try (Service service = Service.open(empty, artifacts, settings(0, true))) {
            assertEquals(Optional.empty(), service.jobs.find(Service.OWNER, done.id()));
            assertEquals(
                    Status.COMPLETED, service.awaitEnd(service.submit("new")).status());
        }
        assertTrue(
                Files.exists(artifacts.resolve(".quarantine").resolve(done.id()).resolve(Artifact.VIDEO.fileName())));
        Service.open(empty, artifacts, Service.QUICK).close();
    }

    @Test
    void takesAFolderThatNeverHadAnIdAndDeletesNoVideoInIt() throws Exception {
        String unknown = "video_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        Path artifacts = folder.resolve("artifacts");
        Files.createDirectories(artifacts.resolve(unknown));
        Files.write(artifacts.resolve(unknown).resolve("video.mp4"), new byte[10]);
        Service.open(folder).close();
        assertTrue(
                Files.exists(artifacts.resolve(".quarantine").resolve(unknown).resolve("video.mp4")));
    }

    @Test
    void deletesUnfinishedFilesAndTheFilesOfDeletedVideosThatACrashLeft() throws Exception {
        VideoJob done = madeVideo();
        Path artifacts = folder.resolve("artifacts");
        Files.write(artifacts.resolve("video.mp4.part"), new byte[10]);
        try (Service service = Service.open(folder)) {
            assertEquals(List.of(done.id()), service.files());
            service.repository().delete(Service.OWNER, done.id());
        }
        try (Service service = Service.open(folder)) {
            assertEquals(List.of(), service.repository().deleted());
            assertEquals(List.of(), service.files());
        }
    }

    @Test
    void acceptsNothingAndBeginsNothingWhileTheDiskIsFull() throws Exception {
        VideoJob waiting;
        try (Service service = Service.open(folder)) {
            service.pipeline.hold();
            waiting = service.submit("waits for space");
            service.pipeline.awaitReached(1);
            service.closeBetweenSteps();
        }
        try (Service service = Service.open(folder, settings(Long.MAX_VALUE, false))) {
            StorageFailedException full = assertThrows(StorageFailedException.class, () -> service.submit("one more"));
            assertTrue(full.isFull());
            assertTrue(service.jobs.storageProblem().isPresent());
            Thread.sleep(300);
            assertEquals(Status.QUEUED, service.get(waiting).status());
        }
        try (Service service = Service.open(folder)) {
            assertEquals(Optional.empty(), service.jobs.storageProblem());
            assertEquals(Status.COMPLETED, service.awaitEnd(waiting).status());
        }
    }

    @Test
    void keepsFinishedVideosWhenTheClockIsPutEightDaysAhead() throws Exception {
        Service.MovableClock clock = new Service.MovableClock();
        VideoJob done;
        try (Service service =
                Service.open(folder, folder.resolve("artifacts"), Service.QUICK, new SteppedPipeline(), clock)) {
            done = service.awaitEnd(service.submit("kept"));
            service.look();
            clock.step(Duration.ofDays(8));
            service.look();
            assertEquals(List.of(done.id()), service.files());
        }
        try (Service service =
                Service.open(folder, folder.resolve("artifacts"), Service.QUICK, new SteppedPipeline(), clock)) {
            service.look();
            assertTrue(service.jobs.find(Service.OWNER, done.id()).isPresent());
            clock.advance(JobClock.CONFIRMATION);
            service.look();
            assertTrue(service.jobs.find(Service.OWNER, done.id()).isEmpty());
        }
    }
}
