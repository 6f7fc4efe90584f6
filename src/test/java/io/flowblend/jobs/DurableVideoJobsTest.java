package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.jobs.VideoJobs.Listing;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableVideoJobsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Service service;

    @SuppressWarnings("NullAway.Init")
    private SteppedPipeline pipeline;

    @BeforeEach
    void open() {
        use(Service.open(folder));
    }

    @AfterEach
    void close() {
        service.close();
    }

    private void use(Service opened) {
        service = opened;
        pipeline = opened.pipeline;
    }

    private void reopenWith(JobSettings settings) {
        service.close();
        use(Service.open(folder, settings));
    }

    @Test
    void makesASubmittedVideoWithAllItsFiles() throws Exception {
        VideoJob queued = service.submit("a red three");
        VideoJob done = service.awaitEnd(queued);

        assertEquals(Status.COMPLETED, done.status());
        assertEquals(100, done.progress());
        assertEquals(queued.request(), done.request());
        assertTrue(queued.id().matches("video_[0-9A-HJKMNP-TV-Z]{26}"), queued.id());
        assertEquals(done.completedAt().map(at -> at.plus(Duration.ofDays(1))), done.expiresAt());
        for (Artifact artifact : Artifact.values()) {
            Path file = service.jobs.artifact(done, artifact).orElseThrow();
            assertEquals(artifact.fileName(), String.valueOf(file.getFileName()));
            assertEquals(5 * 16 * 16 * 3, Files.size(file));
        }
        assertEquals(List.of(done.id()), service.files());
    }

    @Test
    void givesTheReportBackAsItWasMadeWithQueueAndEncodeAdded() throws Exception {
        VideoJob done = service.awaitEnd(service.submit("a red three"));

        List<StepRecord> steps =
                IntStream.range(0, 6).mapToObj(i -> SteppedPipeline.step(i, 6)).toList();
        var expected = SteppedPipeline.report(steps);
        var report = done.report().orElseThrow();
        assertEquals(expected.trace(), report.trace());
        assertEquals("LPSLPS", report.trace().letters());
        assertEquals(expected.speedup(), report.speedup());
        assertEquals(expected.predictedDeviation(), report.predictedDeviation());
        assertEquals(expected.peakMemoryBytes(), report.peakMemoryBytes());
        assertEquals(
                Set.of("queue", "text_encode", "large", "small", "probe", "decode", "encode"),
                report.stageSeconds().keySet());
        expected.stageSeconds()
                .forEach((stage, seconds) ->
                        assertEquals(seconds, report.stageSeconds().get(stage)));
        assertTrue(done.inferenceTime().orElseThrow().compareTo(Duration.ZERO) > 0);
    }

    @Test
    void makesVideosInTheOrderOfTheirSubmission() throws Exception {
        pipeline.hold();
        service.submit("first");
        pipeline.awaitReached(1);
        List<VideoJob> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(service.submit("waiting " + i));
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(OptionalInt.of(i + 1), service.get(waiting.get(i)).queuePosition());
        }
        assertEquals(10, service.jobs.length());
        assertTrue(service.jobs.oldestWait().compareTo(Duration.ZERO) > 0);
        pipeline.release();
        service.awaitEnd(waiting.get(9));

        List<String> expected = new ArrayList<>(List.of("first"));
        IntStream.range(0, 10).forEach(i -> expected.add("waiting " + i));
        assertEquals(expected, pipeline.begun);
        assertEquals(0, service.jobs.length());
        assertEquals(Duration.ZERO, service.jobs.oldestWait());
    }

    @Test
    void showsProgressWhileItRuns() throws Exception {
        pipeline.hold();
        VideoJob job = service.submit("slow");
        pipeline.awaitReached(1);
        assertEquals(Status.IN_PROGRESS, service.get(job).status());
        Thread.sleep(300);
        pipeline.letGo(1);
        pipeline.awaitReached(1);
        assertEquals(16, service.get(job).progress());
        assertTrue(service.jobs.expectedRemaining(service.get(job)).isPresent());
        pipeline.release();
        service.awaitEnd(job);
        assertEquals(
                List.of(
                        "started IN_PROGRESS",
                        "step 0 at 16",
                        "step 1 at 33",
                        "step 2 at 50",
                        "step 3 at 66",
                        "step 4 at 83",
                        "step 5 at 99",
                        "finished COMPLETED"),
                service.ears.heard);
    }

    @Test
    void cancelsAWaitingVideoAtOnce() throws Exception {
        pipeline.hold();
        VideoJob running = service.submit("running");
        pipeline.awaitReached(1);
        VideoJob waiting = service.submit("waiting");
        VideoJob cancelled = service.jobs.cancel(Service.OWNER, waiting.id()).orElseThrow();

        assertEquals(Status.FAILED, cancelled.status());
        assertEquals("cancelled", cancelled.failure().orElseThrow().code());
        assertTrue(cancelled.expiresAt().isPresent());
        pipeline.release();
        service.awaitEnd(running);
        assertEquals(List.of("running"), pipeline.begun);
        assertTrue(service.ears.heard.contains("finished FAILED"));
    }

    @Test
    void cancelsARunningVideoBetweenTwoSteps() throws Exception {
        pipeline.hold();
        VideoJob job = service.submit("running");
        pipeline.awaitReached(1);
        pipeline.letGo(1);
        pipeline.awaitReached(1);
        assertEquals(
                Status.IN_PROGRESS,
                service.jobs.cancel(Service.OWNER, job.id()).orElseThrow().status());
        pipeline.letGo(1);
        VideoJob ended = service.awaitEnd(job);

        assertEquals("cancelled", ended.failure().orElseThrow().code());
        assertEquals(List.of(), service.files());
        pipeline.release();
        assertEquals(Status.COMPLETED, service.awaitEnd(service.submit("next")).status());
    }

    @Test
    void hearsOfACancellationThatAnotherProcessAskedFor() throws Exception {
        pipeline.hold();
        VideoJob job = service.submit("running");
        pipeline.awaitReached(1);
        service.repository().requestCancel(Service.OWNER, job.id());
        Thread.sleep(300);
        pipeline.letGo(1);

        assertEquals("cancelled", service.awaitEnd(job).failure().orElseThrow().code());
    }

    @Test
    void leavesAFinishedVideoAsItIsWhenItIsCancelled() throws Exception {
        VideoJob done = service.awaitEnd(service.submit("done"));
        assertEquals(Optional.of(done), service.jobs.cancel(Service.OWNER, done.id()));
    }

    @Test
    void deletesAFinishedVideoWithItsFiles() throws Exception {
        VideoJob done = service.awaitEnd(service.submit("done"));
        assertTrue(service.jobs.delete(Service.OWNER, done.id()));
        assertEquals(Optional.empty(), service.jobs.find(Service.OWNER, done.id()));
        assertEquals(List.of(), service.files());
        assertFalse(service.jobs.delete(Service.OWNER, done.id()));
    }

    @Test
    void deletesAWaitingVideoSoThatItIsNeverMade() throws Exception {
        pipeline.hold();
        service.submit("running");
        pipeline.awaitReached(1);
        VideoJob waiting = service.submit("waiting");
        assertTrue(service.jobs.delete(Service.OWNER, waiting.id()));
        pipeline.release();
        service.awaitEnd(service.submit("last"));
        assertEquals(List.of("running", "last"), pipeline.begun);
    }

    @Test
    void deletesARunningVideoAndStopsMakingIt() throws Exception {
        pipeline.hold();
        VideoJob job = service.submit("running");
        pipeline.awaitReached(1);
        assertTrue(service.jobs.delete(Service.OWNER, job.id()));
        assertEquals(Optional.empty(), service.jobs.find(Service.OWNER, job.id()));
        VideoJob next = service.submit("next");
        pipeline.release();
        assertEquals(Status.COMPLETED, service.awaitEnd(next).status());
        assertEquals(List.of(next.id()), service.files());
        assertEquals(
                List.of("started IN_PROGRESS", "step 0 at 16", "finished FAILED"), service.ears.heard.subList(0, 3));
    }

    @Test
    void givesTheSameVideoForTheSameKeyAndBody() throws Exception {
        var key = Optional.of(new Submission.Idempotency("key", "digest"));
        VideoJob first = service.submit(SteppedPipeline.request("one"), key);
        assertEquals(
                first.id(), service.submit(SteppedPipeline.request("one"), key).id());
        service.awaitEnd(first);
        assertEquals(
                Status.COMPLETED,
                service.submit(SteppedPipeline.request("one"), key).status());

        var otherBody = Optional.of(new Submission.Idempotency("key", "other digest"));
        assertThrows(
                IdempotencyConflictException.class, () -> service.submit(SteppedPipeline.request("two"), otherBody));
        assertEquals(List.of("one"), pipeline.begun);
    }

    @Test
    void keepsTheKeysOfOwnersApart() {
        var key = Optional.of(new Submission.Idempotency("key", "digest"));
        VideoRequest request = SteppedPipeline.request("one");
        VideoJob alices = service.submit(request, key);
        VideoJob bobs =
                service.jobs.submit(new Submission("bob", request, List.of(), Optional.empty(), key, Optional.empty()));
        assertFalse(alices.id().equals(bobs.id()));
    }

    @Test
    void makesOneVideoOfManySimultaneousSubmissionsWithOneKey() throws Exception {
        var key = Optional.of(new Submission.Idempotency("key", "digest"));
        ExecutorService clients = Executors.newFixedThreadPool(50);
        try {
            List<Future<VideoJob>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(clients.submit(() -> service.submit(SteppedPipeline.request("one"), key)));
            }
            String id = answers.get(0).get().id();
            for (Future<VideoJob> answer : answers) {
                assertEquals(id, answer.get().id());
            }
        } finally {
            clients.shutdown();
        }
        assertEquals(
                1,
                service.jobs
                        .list(Service.OWNER, new Listing(100, Optional.empty(), true))
                        .size());
    }

    @Test
    void aKeyStandsForItsVideoForADay() {
        var key = Optional.of(new Submission.Idempotency("key", "digest"));
        VideoJob first = service.submit(SteppedPipeline.request("one"), key);
        service.clock.advance(Duration.ofHours(23));
        assertEquals(
                first.id(), service.submit(SteppedPipeline.request("one"), key).id());
        service.clock.advance(Duration.ofHours(2));
        var other = Optional.of(new Submission.Idempotency("key", "other digest"));
        VideoJob second = service.submit(SteppedPipeline.request("two"), other);
        assertFalse(first.id().equals(second.id()));
        assertEquals(
                second.id(),
                service.submit(SteppedPipeline.request("two"), other).id());
        assertTrue(service.jobs.find(Service.OWNER, first.id()).isPresent());
    }

    @Test
    void refusesMoreThanTheLimitAndSaysWhenToComeBack() throws Exception {
        reopenWith(new JobSettings(
                2,
                0,
                0,
                Duration.ofDays(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(5),
                0,
                false));
        service.awaitEnd(service.submit("measured"));
        pipeline.hold();
        service.submit("running");
        pipeline.awaitReached(1);
        service.submit("waiting 1");
        var key = Optional.of(new Submission.Idempotency("key", "digest"));
        VideoJob second = service.submit(SteppedPipeline.request("waiting 2"), key);

        QueueFullException full = assertThrows(QueueFullException.class, () -> service.submit("too many"));
        assertTrue(full.retryAfter().compareTo(Duration.ofSeconds(1)) >= 0);
        assertEquals(
                second.id(),
                service.submit(SteppedPipeline.request("waiting 2"), key).id());
        service.jobs.cancel(Service.OWNER, second.id());
        service.submit("now there is room");
    }

    @Test
    void listsPagesInBothOrders() {
        pipeline.hold();
        List<String> ids = IntStream.range(0, 7)
                .mapToObj(i -> service.submit("video " + i).id())
                .toList();
        service.jobs.submit(new Submission(
                "bob",
                SteppedPipeline.request("bob's"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));

        List<String> forwards = new ArrayList<>();
        List<String> backwards = new ArrayList<>();
        readAll(false, forwards);
        readAll(true, backwards);
        assertEquals(ids, forwards);
        assertEquals(ids, backwards.stream().sorted().toList());
        assertEquals(ids.get(6), backwards.get(0));
    }

    private void readAll(boolean newestFirst, List<String> into) {
        Optional<String> after = Optional.empty();
        List<VideoJob> page;
        do {
            page = service.jobs.list(Service.OWNER, new Listing(3, after, newestFirst));
            page.forEach(job -> into.add(job.id()));
            after = page.isEmpty()
                    ? after
                    : Optional.of(page.get(page.size() - 1).id());
        } while (page.size() == 3);
    }

    @Test
    void goesOnListingFromWhereADeletedVideoWas() {
        pipeline.hold();
        VideoJob first = service.submit("first");
        VideoJob second = service.submit("second");
        VideoJob third = service.submit("third");
        service.jobs.delete(Service.OWNER, second.id());

        var page = service.jobs.list(Service.OWNER, new Listing(10, Optional.of(second.id()), true));
        assertEquals(List.of(first.id()), page.stream().map(VideoJob::id).toList());
        page = service.jobs.list(Service.OWNER, new Listing(10, Optional.of(second.id()), false));
        assertEquals(List.of(third.id()), page.stream().map(VideoJob::id).toList());
        assertEquals(List.of(), service.jobs.list(Service.OWNER, new Listing(10, Optional.of("no id"), true)));
    }

    @Test
    void hidesVideosFromOtherOwners() throws Exception {
        VideoJob alices = service.awaitEnd(service.submit("alice's"));
        assertEquals(Optional.empty(), service.jobs.find("bob", alices.id()));
        assertEquals(Optional.empty(), service.jobs.cancel("bob", alices.id()));
        assertFalse(service.jobs.delete("bob", alices.id()));
        assertEquals(List.of(), service.jobs.list("bob", new Listing(10, Optional.empty(), true)));
        assertEquals(Optional.of(alices), service.jobs.find(Service.OWNER, alices.id()));
    }

    @Test
    void refusesMoreOfOneOwnerThanMayWaitAndGoesOnTakingOthers() throws Exception {
        reopenWith(new JobSettings(
                20,
                1,
                0,
                Duration.ofDays(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(5),
                0,
                false));
        pipeline.hold();
        service.submit("running");
        pipeline.awaitReached(1);
        service.submit("waiting");

        QueueFullException full = assertThrows(QueueFullException.class, () -> service.submit("too many"));
        assertTrue(full.retryAfter().compareTo(Duration.ofSeconds(1)) >= 0);
        VideoJob other = service.jobs.submit(new Submission(
                "bob",
                SteppedPipeline.request("another's"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
        assertEquals(Status.QUEUED, other.status());
    }

    @Test
    void deletesWhatHasExpired() throws Exception {
        VideoJob done = service.awaitEnd(service.submit("old"));
        service.clock.advance(Duration.ofDays(1).plusMinutes(2));
        Service.await(() -> service.jobs.find(Service.OWNER, done.id()).isEmpty());
        Service.await(() -> service.files().isEmpty());
        assertEquals(Status.COMPLETED, service.awaitEnd(service.submit("new")).status());
    }

    @Test
    void failsWithThePipelinesOwnCode() throws Exception {
        pipeline.failWith(new GenerationFailedException(
                "non_finite_output", "The large model gave a value that is not finite.", new RuntimeException("C++")));
        VideoJob failed = service.awaitEnd(service.submit("bad"));
        assertEquals(
                Optional.of(
                        new VideoJob.Failure("non_finite_output", "The large model gave a value that is not finite.")),
                failed.failure());
        assertEquals(Optional.empty(), service.jobs.artifact(failed, Artifact.VIDEO));
    }

    @Test
    void keepsTheStepsThatAFailedVideoHadMade() throws Exception {
        pipeline.hold();
        VideoJob job = service.submit("fails at its third step");
        pipeline.letGo(2);
        pipeline.awaitReached(3);
        pipeline.failWith(new IllegalStateException("at the third"));
        pipeline.release();
        VideoJob failed = service.awaitEnd(job);
        assertEquals("LP", failed.trace().orElseThrow().letters());
        assertEquals(
                List.of(SteppedPipeline.step(0, 6), SteppedPipeline.step(1, 6)),
                failed.trace().orElseThrow().steps());
        assertEquals(Optional.empty(), failed.report());
    }

    @Test
    void tellsNothingOfAnUnexpectedError() throws Exception {
        pipeline.failWith(new IllegalStateException("/secret/path at io.flowblend.Secret"));
        VideoJob failed = service.awaitEnd(service.submit("bad"));
        assertEquals("internal_error", failed.failure().orElseThrow().code());
        assertFalse(failed.failure().orElseThrow().message().contains("secret"));
        pipeline.failWith(null);
        assertEquals(Status.COMPLETED, service.awaitEnd(service.submit("next")).status());
    }

    @Test
    void failsAVideoWhosePairIsNoLongerServed() throws Exception {
        pipeline.unserve();
        VideoJob failed = service.awaitEnd(service.submit("orphan"));
        assertEquals("model_not_found", failed.failure().orElseThrow().code());
    }

    @Test
    void survivesAnObserverThatFails() throws Exception {
        service.ears.deaf = true;
        assertEquals(
                Status.COMPLETED, service.awaitEnd(service.submit("unheard")).status());
    }

    @Test
    void keepsHostileTextAsItIs() throws Exception {
        String prompt = "'; drop table video_jobs; -- \" \\ \0 \u0001 \uD83D\uDE00 \uD800 half \n" + "x".repeat(10_000);
        VideoJob done = service.awaitEnd(service.jobs.submit(new Submission(
                Service.OWNER,
                SteppedPipeline.request(prompt),
                List.of("size'", "\0"),
                Optional.of("video_00000000000000000000000000"),
                Optional.of(new Submission.Idempotency("\0'\"" + "k".repeat(5_000), "digest")),
                Optional.of("request-7"))));
        assertEquals(Status.COMPLETED, done.status());
        assertEquals(prompt, done.request().prompt());
        assertEquals(Optional.of("request-7"), done.requestId());
        assertEquals(List.of("size'", "\0"), done.ignored());
        assertEquals(Optional.of("video_00000000000000000000000000"), done.remixedFrom());
        assertEquals(Optional.of(done), service.jobs.find(Service.OWNER, done.id()));
        assertEquals(Optional.empty(), service.jobs.find(Service.OWNER, "' or '1' = '1"));
    }
}
