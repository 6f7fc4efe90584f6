package io.flowblend.jobs;

import java.time.Duration;

/**
 * How the queue behaves.
 *
 * @param queueLimit videos that may wait, 1 and up; one more is refused
 * @param ownerLimit videos of one owner that may wait, 1 and up; 0: as many as the queue takes
 * @param runningLimit videos of one owner that are made at a time by all workers, 1 and up; 0: as many as there are workers
 * @param retention how long a finished video is kept, above 0
 * @param heartbeat how often a worker says that it is alive, above 0. A run whose worker has been silent for four
 *     heartbeats is given to the next free worker
 * @param pollInterval how often the queue is looked at for what other processes put there, above 0; a video that this
 *     process queues starts at once
 * @param shutdownGrace how long closing waits for the running step to end, 0 and up
 * @param minFreeBytes space on the disk of the artifacts below which no video is accepted or begun, 0 and up
 * @param adoptStore whether a folder of artifacts that is not the database's is taken for its own
 */
public record JobSettings(
        int queueLimit,
        int ownerLimit,
        int runningLimit,
        Duration retention,
        Duration heartbeat,
        Duration pollInterval,
        Duration shutdownGrace,
        long minFreeBytes,
        boolean adoptStore) {
    /** 100 may wait, kept for a week, a lost run is noticed within 12 seconds. */
    public static final JobSettings DEFAULTS = new JobSettings(
            100,
            0,
            0,
            Duration.ofDays(7),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            64 * 1024,
            false);

    public JobSettings {
        if (queueLimit < 1) {
            throw new IllegalArgumentException("queueLimit has to be at least 1, not " + queueLimit);
        }
        if (ownerLimit < 0) {
            throw new IllegalArgumentException("ownerLimit has to be 0 or more, not " + ownerLimit);
        }
        if (runningLimit < 0) {
            throw new IllegalArgumentException("runningLimit has to be 0 or more, not " + runningLimit);
        }
        requirePositive("retention", retention);
        requirePositive("heartbeat", heartbeat);
        requirePositive("pollInterval", pollInterval);
        if (minFreeBytes < 0) {
            throw new IllegalArgumentException("minFreeBytes has to be 0 or more, not " + minFreeBytes);
        }
        if (shutdownGrace.isNegative()) {
            throw new IllegalArgumentException("shutdownGrace has to be 0 or more, not " + shutdownGrace);
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " has to be above 0, not " + value);
        }
    }
}
