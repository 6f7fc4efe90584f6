package io.flowblend.jobs;

import java.time.Duration;

/** As many videos as the limit wait already. */
public final class QueueFullException extends RuntimeException {
    private final transient Duration retryAfter;

    /** @param retryAfter when a place is expected to be free, from measured throughput */
    public QueueFullException(int limit, Duration retryAfter) {
        super("The queue is full: " + limit + " videos wait already.");
        this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
        return retryAfter;
    }
}
