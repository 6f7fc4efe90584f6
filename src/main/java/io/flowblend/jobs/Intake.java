package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import io.flowblend.jobs.JobReader.Keyed;
import io.flowblend.jobs.VideoJob.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Takes requests into the queue: each of them once, and as many as there is room for. */
final class Intake {
    /** How long an idempotency key stands for its video. */
    private static final Duration KEY_LIFE = Duration.ofHours(24);

    private final JobContext workshop;
    private final QueueTimes times;
    private final Scheduler scheduler;
    private final VideoIds ids = new VideoIds();
    private final Object submitting = new Object();
    /** Videos that wait, at most, as far as this process knows; at first it knows nothing. */
    private int waiting = Integer.MAX_VALUE;

    private long counted;

    Intake(JobContext workshop, QueueTimes times, Scheduler scheduler) {
        this.workshop = workshop;
        this.times = times;
        this.scheduler = scheduler;
    }

    /** Goes on from the ids that there are. */
    void start() {
        workshop.reader().lastId().ifPresent(ids::resume);
    }

    VideoJob submit(Submission submission) {
        Optional<String> key = submission.idempotency().map(idempotency -> Sha256.hex(idempotency.key()));
        synchronized (submitting) {
            Optional<VideoJob> earlier = earlier(submission, key);
            if (earlier.isPresent()) {
                return earlier.get();
            }
            requireRoom(submission.owner());
            VideoJob job = newJob(submission);
            try {
                workshop.entries()
                        .insert(
                                job,
                                workshop.task(job.request().pair()),
                                submission.priority(),
                                key,
                                submission.idempotency().map(Submission.Idempotency::bodyDigest),
                                submission.webhookUrl());
            } catch (Jdbc.DatabaseException e) {
                // Another process may have been faster with the same key.
                return Optional.of(e)
                        .filter(Jdbc.DatabaseException::isDuplicate)
                        .flatMap(duplicate -> earlier(submission, key))
                        .orElseThrow(() -> e);
            }
            waiting++;
            schedule(job);
            return workshop.reader().find(job.owner(), job.id()).orElse(job);
        }
    }

    private Optional<VideoJob> earlier(Submission submission, Optional<String> key) {
        Optional<Keyed> keyed = key.flatMap(hash -> workshop.reader().findByKey(submission.owner(), hash));
        if (keyed.isPresent() && keyed.get().job().createdAt().plus(KEY_LIFE).isBefore(workshop.now())) {
            workshop.repository().releaseKey(keyed.get().job().id());
            return Optional.empty();
        }
        if (keyed.isPresent()
                && !submission
                        .idempotency()
                        .map(Submission.Idempotency::bodyDigest)
                        .equals(Optional.of(keyed.get().bodyDigest()))) {
            throw new IdempotencyConflictException();
        }
        return keyed.map(Keyed::job);
    }

    private void requireRoom(String owner) {
        JobSettings settings = workshop.settings();
        if (workshop.isShortOfSpace()) {
            throw StorageFailedException.full(workshop.artifacts().free(), settings.minFreeBytes());
        }
        if (isFull(settings.queueLimit())) {
            throw new QueueFullException(
                    "The queue is full: " + settings.queueLimit() + " videos wait already.", times.nextPlace());
        }
        if (settings.ownerLimit() > 0 && workshop.reader().waiting(owner) >= settings.ownerLimit()) {
            throw new QueueFullException(
                    "This key has " + settings.ownerLimit() + " videos waiting, which is its limit.",
                    times.nextPlace());
        }
    }

    /**
     * Counts again only where the last count is old or says that there is no room: what was counted and what this process
     * took since is at least what waits. Other processes may take some more within a heartbeat.
     */
    private boolean isFull(int limit) {
        long now = System.nanoTime();
        if (waiting >= limit || now - counted > workshop.settings().heartbeat().toNanos()) {
            waiting = workshop.reader().waiting();
            counted = now;
        }
        return waiting >= limit;
    }

    private VideoJob newJob(Submission submission) {
        Instant now = workshop.now();
        return new VideoJob(
                ids.next(now.toEpochMilli()),
                submission.owner(),
                Status.QUEUED,
                submission.request(),
                submission.ignored(),
                0,
                OptionalInt.empty(),
                now,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                submission.within().map(now::plus),
                submission.remixedFrom(),
                submission.requestId(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private void schedule(VideoJob job) {
        try {
            Place place = workshop.reader().place(job.id()).orElseThrow();
            scheduler.scheduleIfNotExists(TaskScheduler.task(job.id(), place), TaskScheduler.time(place));
        } catch (RuntimeException e) {
            // A row without a task would wait for the next start.
            workshop.repository().forget(job.id());
            throw e;
        }
    }
}
