package io.flowblend.jobs;

import io.flowblend.request.VideoRequest;
import java.util.List;
import java.util.Optional;

/**
 * A request to queue a video.
 *
 * @param owner name of the API key
 * @param ignored request fields that were accepted and do not apply
 * @param remixedFrom the video that this one is a remix of
 * @param idempotency the client's key and the digest of its body
 * @param requestId the HTTP request that brought it, for the log; at most 128 characters
 * @param webhookUrl told of the end
 */
public record Submission(
        String owner,
        VideoRequest request,
        List<String> ignored,
        Optional<String> remixedFrom,
        Optional<Idempotency> idempotency,
        Optional<String> requestId,
        Optional<String> webhookUrl) {

    /** One whose end nobody is told of. */
    public Submission(
            String owner,
            VideoRequest request,
            List<String> ignored,
            Optional<String> remixedFrom,
            Optional<Idempotency> idempotency,
            Optional<String> requestId) {
        this(owner, request, ignored, remixedFrom, idempotency, requestId, Optional.empty());
    }

    /** @param bodyDigest equal for equal bodies */
    public record Idempotency(String key, String bodyDigest) {}
}
