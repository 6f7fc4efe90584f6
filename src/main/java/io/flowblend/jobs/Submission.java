package io.flowblend.jobs;

import io.flowblend.request.VideoRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A request to queue a video.
 *
 * @param owner name of the API key
 * @param ignored request fields that were accepted and do not apply
 * @param remixedFrom the video that this one is a remix of
 * @param idempotency the client's key and the digest of its body
 * @param priority -10..10, higher ones go first and interrupt lower ones; 0 is usual
 * @param within time from now by which the video has to be finished, above 0; empty: whenever it comes to it
 * @param requestId the HTTP request that brought it, for the log; at most 128 characters
 * @param webhookUrl told of the end
 */
public record Submission(
        String owner,
        VideoRequest request,
        List<String> ignored,
        Optional<String> remixedFrom,
        Optional<Idempotency> idempotency,
        int priority,
        Optional<Duration> within,
        Optional<String> requestId,
        Optional<String> webhookUrl) {
    public static final int LOWEST_PRIORITY = -10;
    public static final int HIGHEST_PRIORITY = 10;

    public Submission {
        if (priority < LOWEST_PRIORITY || priority > HIGHEST_PRIORITY) {
            throw new IllegalArgumentException("priority has to be -10..10, not " + priority);
        }
    }

    /** Of usual priority, without a deadline, whose end nobody is told of. */
    public Submission(
            String owner,
            VideoRequest request,
            List<String> ignored,
            Optional<String> remixedFrom,
            Optional<Idempotency> idempotency,
            Optional<String> requestId) {
        this(owner, request, ignored, remixedFrom, idempotency, 0, Optional.empty(), requestId, Optional.empty());
    }

    /** @param bodyDigest equal for equal bodies */
    public record Idempotency(String key, String bodyDigest) {}
}
