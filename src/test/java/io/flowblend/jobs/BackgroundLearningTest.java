package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.agroal.api.AgroalDataSource;
import io.flowblend.file.InvalidFileException;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.Calibrator;
import io.flowblend.learning.MeasurementLog;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.request.InvalidRequestException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackgroundLearningTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** A process: its database, its lessons, its videos. */
    private final class Worker implements AutoCloseable, Calibrator {
        final AtomicBoolean videoWaits = new AtomicBoolean();
        final AtomicInteger idle = new AtomicInteger();
        /** Lessons as they are learned. */
        final List<String> learned = new CopyOnWriteArrayList<>();
        /** One for each half of a lesson. */
        final Semaphore permits = new Semaphore(0);

        final BackgroundLearning learning;
        private final AgroalDataSource pool;
        private String halfDone = "";

        Worker() {
            pool = DatabaseFile.open(folder);
            learning = new BackgroundLearning(
                    pool,
                    this,
                    giveWay -> idle.incrementAndGet() < 0,
                    videoWaits::get,
                    Service.QUICK,
                    Clock.systemUTC());
            learning.start();
        }

        @Override
        public CalibrationPlan complete(CalibrationPlan plan) {
            if (plan.prompts().contains("impossible")) {
                throw new InvalidRequestException("prompts", "prompts[0] is impossible.");
            }
            return plan.prompts().isEmpty() ? plan.withPrompts(List.of("found")) : plan;
        }

        @Override
        public Progress advance(CalibrationPlan plan, MeasurementLog notebook, BooleanSupplier giveWay) {
            if (plan.prompts().contains("fail")) {
                throw new GenerationFailedException("non_finite_output", "The model failed.");
            }
            if (plan.prompts().contains("crash")) {
                throw new IllegalStateException("/secret");
            }
            if (plan.prompts().contains("foreign")) {
                throw new InvalidFileException(notebook.name(), "belongs to another calibration");
            }
            int lesson = notebook.lines().size();
            String name = plan.pair() + " " + lesson;
            while (!giveWay.getAsBoolean()) {
                if (tryAcquire()) {
                    if (halfDone.equals(name)) {
                        notebook.add("lesson " + lesson + " of " + plan.prompts());
                        learned.add(name);
                        return progress(plan, lesson + 1);
                    }
                    halfDone = name;
                    return progress(plan, lesson + 0.5);
                }
            }
            return progress(plan, halfDone.equals(name) ? lesson + 0.5 : lesson);
        }

        private static Progress progress(CalibrationPlan plan, double lessons) {
            return new Progress((int) lessons, lessons / plan.samples());
        }

        private boolean tryAcquire() {
            try {
                return permits.tryAcquire(5, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        List<String> notes() {
            return new Jdbc(pool)
                    .query(row -> row.getString("note"), "select note from calibration_notes order by line");
        }

        CalibrationJob get(CalibrationJob job) {
            return learning.find(job.plan().pair(), job.id()).orElseThrow();
        }

        CalibrationJob awaitEnd(CalibrationJob job) throws InterruptedException {
            Service.await(() -> get(job).isFinal());
            return get(job);
        }

        @Override
        public void close() {
            learning.close();
            pool.close();
        }
    }

    private static CalibrationPlan plan(String pair, String... prompts) {
        return new CalibrationPlan(pair, List.of(prompts), 4);
    }

    @Test
    void learnsLessonByLessonAndTellsHowFarItIs() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob job =
                    worker.learning.start(plan(BuiltInPair.ID, "a", "b")).orElseThrow();
            assertEquals(Status.QUEUED, job.status());
            worker.permits.release(3);
            Service.await(() -> worker.get(job).progress() == 37);
            assertEquals(Status.IN_PROGRESS, worker.get(job).status());
            assertEquals(1, worker.get(job).learned());
            assertEquals(List.of("lesson 0 of [a, b]"), worker.notes());

            worker.permits.release(5);
            CalibrationJob done = worker.awaitEnd(job);
            assertEquals(Status.COMPLETED, done.status());
            assertEquals(100, done.progress());
            assertEquals(plan(BuiltInPair.ID), done.plan(), "prompts are not kept");
            assertEquals(List.of(), worker.notes());
            assertEquals(
                    List.of(BuiltInPair.ID + " 0", BuiltInPair.ID + " 1", BuiltInPair.ID + " 2", BuiltInPair.ID + " 3"),
                    worker.learned);
        }
    }

    @Test
    void runsOneAtATimeAPair() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob first = worker.learning.start(plan(BuiltInPair.ID)).orElseThrow();
            assertEquals(Optional.empty(), worker.learning.start(plan(BuiltInPair.ID)));
            CalibrationJob other = worker.learning.start(plan("other")).orElseThrow();
            worker.permits.release(16);
            worker.awaitEnd(first);
            worker.awaitEnd(other);
            CalibrationJob second = worker.learning.start(plan(BuiltInPair.ID)).orElseThrow();
            assertEquals(
                    List.of(second.id(), first.id()),
                    worker.learning.list(BuiltInPair.ID).stream()
                            .map(CalibrationJob::id)
                            .toList());
            assertEquals(Optional.empty(), worker.learning.find("other", first.id()));
        }
    }

    @Test
    void letsVideosGoFirst() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob job = worker.learning.start(plan(BuiltInPair.ID)).orElseThrow();
            worker.permits.release(1);
            Service.await(() -> worker.get(job).progress() > 0);
            worker.videoWaits.set(true);
            Thread.sleep(200);
            int idle = worker.idle.get();
            worker.permits.release(7);
            Thread.sleep(200);
            assertEquals(List.of(), worker.learned);
            assertEquals(idle, worker.idle.get());

            worker.videoWaits.set(false);
            assertEquals(Status.COMPLETED, worker.awaitEnd(job).status());
        }
    }

    @Test
    void goesOnAfterARestartFromWhatItHadWrittenDown() throws Exception {
        CalibrationJob job;
        try (Worker worker = new Worker()) {
            job = worker.learning.start(plan(BuiltInPair.ID)).orElseThrow();
            worker.permits.release(3);
            Service.await(() -> worker.get(job).progress() == 37);
            assertEquals(List.of("found"), worker.get(job).plan().prompts(), "what was open is settled at the start");
        }
        try (Worker worker = new Worker()) {
            assertEquals(Optional.empty(), worker.learning.start(plan(BuiltInPair.ID)));
            worker.permits.release(6);
            assertEquals(Status.COMPLETED, worker.awaitEnd(job).status());
            assertEquals(List.of(BuiltInPair.ID + " 1", BuiltInPair.ID + " 2", BuiltInPair.ID + " 3"), worker.learned);
        }
    }

    @Test
    void failsInTheModelsWordsOrInNone() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob failed = worker.awaitEnd(
                    worker.learning.start(plan(BuiltInPair.ID, "fail")).orElseThrow());
            assertEquals(Optional.of(new VideoJob.Failure("non_finite_output", "The model failed.")), failed.failure());
            CalibrationJob crashed = worker.awaitEnd(
                    worker.learning.start(plan(BuiltInPair.ID, "crash")).orElseThrow());
            assertEquals("internal_error", crashed.failure().orElseThrow().code());
            assertTrue(!crashed.failure().orElseThrow().message().contains("secret"));
            CalibrationJob foreign = worker.awaitEnd(
                    worker.learning.start(plan(BuiltInPair.ID, "foreign")).orElseThrow());
            assertEquals(
                    Optional.of(new VideoJob.Failure(
                            "invalid_measurements", foreign.id() + ": belongs to another calibration")),
                    foreign.failure());
            assertThrows(
                    InvalidRequestException.class, () -> worker.learning.start(plan(BuiltInPair.ID, "impossible")));
        }
    }

    @Test
    void learnsInIdleTimeButNotWhileACalibrationIsUnderWay() throws Exception {
        try (Worker worker = new Worker()) {
            Service.await(() -> worker.idle.get() > 1);
            CalibrationJob job = worker.learning.start(plan(BuiltInPair.ID)).orElseThrow();
            Service.await(() -> worker.get(job).status() == Status.IN_PROGRESS);
            int before = worker.idle.get();
            Thread.sleep(200);
            assertEquals(before, worker.idle.get());
            worker.permits.release(8);
            worker.awaitEnd(job);
            Service.await(() -> worker.idle.get() > before);
        }
    }
}
