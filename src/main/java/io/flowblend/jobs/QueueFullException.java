package io.flowblend.jobs;

import java.time.Duration;

/** As many videos as the limit wait already: of all, or of one owner. */
public final class QueueFullException extends RuntimeException {
    private final transient Duration retryAfter;

    /** @param retryAfter when a place is expected to be free, from measured throughput */
    public QueueFullException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
        return retryAfter;
    }
}
