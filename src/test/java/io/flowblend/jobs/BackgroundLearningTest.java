package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.InvalidRequestException;
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
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackgroundLearningTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** A process: its database, its lessons, its videos. */
    private final class Worker implements AutoCloseable, Course {
        final AtomicBoolean videoWaits = new AtomicBoolean();
        final AtomicInteger idle = new AtomicInteger();
        /** Lessons as they are learned. */
        final List<String> learned = new CopyOnWriteArrayList<>();
        /** One for each half of a lesson. */
        final Semaphore permits = new Semaphore(0);

        final BackgroundLearning learning;
        private final JdbcConnectionPool pool;
        private String halfDone = "";

        Worker() {
            pool = JdbcConnectionPool.create(
                    "jdbc:h2:file:" + folder.resolve("db") + ";WRITE_DELAY=0;TIME ZONE=UTC", "sa", "");
            Flyway.configure().dataSource(pool).load().migrate();
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
        public void check(Plan plan) {
            if (plan.prompts().contains("impossible")) {
                throw new InvalidRequestException("prompts", "prompts[0] is impossible.");
            }
        }

        @Override
        public double advance(Plan plan, int lesson, BooleanSupplier giveWay) {
            if (plan.prompts().contains("fail")) {
                throw new GenerationFailedException("non_finite_output", "The model failed.");
            }
            if (plan.prompts().contains("crash")) {
                throw new IllegalStateException("/secret");
            }
            String name = plan.pair() + " " + lesson;
            while (!giveWay.getAsBoolean()) {
                if (tryAcquire()) {
                    if (halfDone.equals(name)) {
                        learned.add(name);
                        return 1;
                    }
                    halfDone = name;
                    return 0.5;
                }
            }
            return halfDone.equals(name) ? 0.5 : 0;
        }

        private boolean tryAcquire() {
            try {
                return permits.tryAcquire(5, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
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
            pool.dispose();
        }
    }

    private static Course.Plan plan(String pair, String... prompts) {
        return new Course.Plan(pair, List.of(prompts), 3);
    }

    @Test
    void learnsLessonByLessonAndTellsHowFarItIs() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob job = worker.learning.start(plan("digits", "a", "b")).orElseThrow();
            assertEquals(Status.QUEUED, job.status());
            worker.permits.release(3);
            Service.await(() -> worker.get(job).progress() == 50);
            assertEquals(Status.IN_PROGRESS, worker.get(job).status());
            assertEquals(1, worker.get(job).learned());

            worker.permits.release(3);
            CalibrationJob done = worker.awaitEnd(job);
            assertEquals(Status.COMPLETED, done.status());
            assertEquals(100, done.progress());
            assertEquals(plan("digits", "a", "b"), done.plan());
            assertEquals(List.of("digits 0", "digits 1", "digits 2"), worker.learned);
        }
    }

    @Test
    void runsOneAtATimeAPair() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob first = worker.learning.start(plan("digits")).orElseThrow();
            assertEquals(Optional.empty(), worker.learning.start(plan("digits")));
            CalibrationJob other = worker.learning.start(plan("other")).orElseThrow();
            worker.permits.release(12);
            worker.awaitEnd(first);
            worker.awaitEnd(other);
            CalibrationJob second = worker.learning.start(plan("digits")).orElseThrow();
            assertEquals(
                    List.of(second.id(), first.id()),
                    worker.learning.list("digits").stream()
                            .map(CalibrationJob::id)
                            .toList());
            assertEquals(Optional.empty(), worker.learning.find("other", first.id()));
        }
    }

    @Test
    void letsVideosGoFirst() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob job = worker.learning.start(plan("digits")).orElseThrow();
            worker.permits.release(1);
            Service.await(() -> worker.get(job).progress() > 0);
            worker.videoWaits.set(true);
            Thread.sleep(200);
            int idle = worker.idle.get();
            worker.permits.release(5);
            Thread.sleep(200);
            assertEquals(List.of(), worker.learned);
            assertEquals(idle, worker.idle.get());

            worker.videoWaits.set(false);
            assertEquals(Status.COMPLETED, worker.awaitEnd(job).status());
        }
    }

    @Test
    void goesOnAfterARestartWithTheFirstLessonThatIsNotLearned() throws Exception {
        CalibrationJob job;
        try (Worker worker = new Worker()) {
            job = worker.learning.start(plan("digits")).orElseThrow();
            worker.permits.release(3);
            Service.await(() -> worker.get(job).progress() == 50);
        }
        try (Worker worker = new Worker()) {
            assertEquals(Optional.empty(), worker.learning.start(plan("digits")));
            worker.permits.release(4);
            assertEquals(Status.COMPLETED, worker.awaitEnd(job).status());
            assertEquals(List.of("digits 1", "digits 2"), worker.learned);
        }
    }

    @Test
    void failsInTheModelsWordsOrInNone() throws Exception {
        try (Worker worker = new Worker()) {
            CalibrationJob failed = worker.awaitEnd(
                    worker.learning.start(plan("digits", "fail")).orElseThrow());
            assertEquals(Optional.of(new VideoJob.Failure("non_finite_output", "The model failed.")), failed.failure());
            CalibrationJob crashed = worker.awaitEnd(
                    worker.learning.start(plan("digits", "crash")).orElseThrow());
            assertEquals("internal_error", crashed.failure().orElseThrow().code());
            assertTrue(!crashed.failure().orElseThrow().message().contains("secret"));
            assertThrows(InvalidRequestException.class, () -> worker.learning.start(plan("digits", "impossible")));
        }
    }

    @Test
    void learnsInIdleTimeButNotWhileACalibrationIsUnderWay() throws Exception {
        try (Worker worker = new Worker()) {
            Service.await(() -> worker.idle.get() > 1);
            CalibrationJob job = worker.learning.start(plan("digits")).orElseThrow();
            Service.await(() -> worker.get(job).status() == Status.IN_PROGRESS);
            int before = worker.idle.get();
            Thread.sleep(200);
            assertEquals(before, worker.idle.get());
            worker.permits.release(6);
            worker.awaitEnd(job);
            Service.await(() -> worker.idle.get() > before);
        }
    }
}
