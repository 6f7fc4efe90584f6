package io.flowblend.jobs;

import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A video as the queue knows it.
 *
 * @param id {@code video_} and 26 characters that sort by time of creation (ULID, Crockford base 32)
 * @param owner name of the API key that submitted it
 * @param ignored request fields that were accepted and do not apply
 * @param progress 0..100 by work done
 * @param queuePosition 1 = next, while queued
 * @param startedAt when the last attempt began
 * @param expiresAt when the files and the record are deleted; empty while it is not final
 * @param deadline by when it has to be finished; it ends FAILED otherwise
 * @param requestId the HTTP request that brought it, for the log
 * @param report of a COMPLETED video; its stages have {@code queue} and {@code encode} besides what the pipeline measured
 * @param unfinished of a FAILED video: the steps that its last attempt had made
 */
public record VideoJob(
        String id,
        String owner,
        Status status,
        VideoRequest request,
        List<String> ignored,
        int progress,
        OptionalInt queuePosition,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> completedAt,
        Optional<Instant> expiresAt,
        Optional<Instant> deadline,
        Optional<String> remixedFrom,
        Optional<String> requestId,
        Optional<VideoReport> report,
        Optional<Trace> unfinished,
        Optional<Failure> failure) {

    /** States of a job; COMPLETED and FAILED are final. */
    public enum Status {
        QUEUED,
        IN_PROGRESS,
        COMPLETED,
        FAILED
    }

    /** @param code stable word for machines, for example {@code cancelled} */
    public record Failure(String code, String message) {}

    public boolean isFinal() {
        return status == Status.COMPLETED || status == Status.FAILED;
    }

    /** The steps that are known to be made once it is final: all of them, or those before it failed. */
    public Optional<Trace> trace() {
        return report.map(VideoReport::trace).or(() -> unfinished);
    }

    boolean isLate(Instant now) {
        return deadline.isPresent() && now.isAfter(deadline.get());
    }

    /** Time from the start of the last attempt to the end: generating and encoding. Empty while it is not final. */
    public Optional<Duration> inferenceTime() {
        return completedAt
                .flatMap(end -> startedAt.map(start -> Duration.between(start, end)))
                .map(time -> time.isNegative() ? Duration.ZERO : time);
    }

    VideoJob withProgress(int percent) {
        return with(percent, queuePosition);
    }

    VideoJob withQueuePosition(int position) {
        return with(progress, OptionalInt.of(position));
    }

    private VideoJob with(int percent, OptionalInt position) {
        return new VideoJob(
                id,
                owner,
                status,
                request,
                ignored,
                percent,
                position,
                createdAt,
                startedAt,
                completedAt,
                expiresAt,
                deadline,
                remixedFrom,
                requestId,
                report,
                unfinished,
                failure);
    }

    VideoJob completed(VideoReport finished, Instant at, Instant expires) {
        return ended(Status.COMPLETED, 100, at, expires, Optional.of(finished), Optional.empty(), Optional.empty());
    }

    VideoJob failed(Failure cause, Trace made, Instant at, Instant expires) {
        return ended(Status.FAILED, progress, at, expires, Optional.empty(), Optional.of(made), Optional.of(cause));
    }

    private VideoJob ended(
            Status end,
            int percent,
            Instant at,
            Instant expires,
            Optional<VideoReport> finished,
            Optional<Trace> made,
            Optional<Failure> cause) {
        return new VideoJob(
                id,
                owner,
                end,
                request,
                ignored,
                percent,
                OptionalInt.empty(),
                createdAt,
                startedAt,
                Optional.of(at),
                Optional.of(expires),
                deadline,
                remixedFrom,
                requestId,
                finished,
                made,
                cause);
    }
}
