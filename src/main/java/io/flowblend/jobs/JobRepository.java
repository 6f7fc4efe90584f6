package io.flowblend.jobs;

import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;

/**
 * The table of videos. A job changes hands by a claim-by-update on its attempt; whoever writes to a run names its
 * attempt, so that a worker that was taken for dead cannot write over its successor. Only SQL that H2 and PostgreSQL
 * share.
 */
final class JobRepository {
    private static final String SELECT =
            """
            select j.*, case when j.status = 'QUEUED' then
                (select count(*) from video_jobs q where q.status = 'QUEUED' and q.id <= j.id) end as queue_position
            from video_jobs j
            """;

    private final Jdbc jdbc;

    JobRepository(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    /**
     * A job that now belongs to the caller.
     *
     * @param attempt the caller's name for everything that it writes
     * @param lostAttempts attempts whose worker went away without a word
     */
    record Claim(VideoJob job, int attempt, int lostAttempts, boolean cancelRequested) {}

    /** A job and the digest of the body that it was made from. */
    record Keyed(VideoJob job, String bodyDigest) {}

    /** A job that is not final, and when it was created. */
    record Unfinished(String id, Instant createdAt) {}

    /** How a run stands. LOST: the job is gone or belongs to another attempt. */
    enum Standing {
        CURRENT,
        CANCELLED,
        LOST
    }

    void insert(VideoJob job, Optional<String> idempotencyKey, Optional<String> bodyDigest) {
        jdbc.update(
                """
                insert into video_jobs (id, owner, status, request, ignored, remixed_from, idempotency_key, body_digest,
                    request_id, progress, attempt, lost_attempts, cancel_requested, created_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, false, ?)
                """,
                job.id(),
                job.owner(),
                job.status(),
                JobJson.write(job.request()),
                JobJson.write(job.ignored()),
                job.remixedFrom(),
                idempotencyKey,
                bodyDigest,
                job.requestId(),
                job.createdAt());
    }

    Optional<VideoJob> find(String owner, String id) {
        return first(jdbc.query(JobRepository::job, SELECT + "where j.owner = ? and j.id = ?", owner, id));
    }

    Optional<Keyed> findByKey(String owner, String idempotencyKey) {
        return first(jdbc.query(
                row -> new Keyed(job(row), row.getString("body_digest")),
                SELECT + "where j.owner = ? and j.idempotency_key = ?",
                owner,
                idempotencyKey));
    }

    List<VideoJob> list(String owner, VideoJobs.Listing listing) {
        String order = listing.newestFirst() ? "order by j.id desc limit ?" : "order by j.id asc limit ?";
        if (listing.after().isEmpty()) {
            return jdbc.query(JobRepository::job, SELECT + "where j.owner = ? " + order, owner, listing.limit());
        }
        String beyond = listing.newestFirst() ? "and j.id < ? " : "and j.id > ? ";
        return jdbc.query(
                JobRepository::job,
                SELECT + "where j.owner = ? " + beyond + order,
                owner,
                listing.after().get(),
                listing.limit());
    }

    Optional<Status> status(String id) {
        return first(jdbc.query(
                row -> Status.valueOf(row.getString("status")), "select status from video_jobs where id = ?", id));
    }

    List<Unfinished> unfinished() {
        return jdbc.query(
                row -> new Unfinished(
                        row.getString("id"), Jdbc.instant(row, "created_at").orElseThrow()),
                "select id, created_at from video_jobs where status in ('QUEUED', 'IN_PROGRESS') order by id");
    }

    /** What was asked for by anybody, newest first. */
    List<VideoRequest> recentRequests(int most) {
        return jdbc.query(
                row -> JobJson.readRequest(row.getString("request")),
                "select request from video_jobs order by id desc limit ?",
                most);
    }

    List<VideoJob> inProgress() {
        return jdbc.query(JobRepository::job, SELECT + "where j.status = 'IN_PROGRESS'");
    }

    int waiting() {
        return jdbc.query(row -> row.getInt(1), "select count(*) from video_jobs where status = 'QUEUED'")
                .get(0);
    }

    Optional<Instant> oldestWaiting() {
        return first(jdbc.query(
                row -> Jdbc.instant(row, "created_at").orElseThrow(),
                "select created_at from video_jobs where status = 'QUEUED' order by id limit 1"));
    }

    /** How long the last {@code count} completed runs took. */
    List<Duration> recentRunTimes(int count) {
        return jdbc.query(
                row -> Duration.between(
                        Jdbc.instant(row, "started_at").orElseThrow(),
                        Jdbc.instant(row, "completed_at").orElseThrow()),
                """
                select started_at, completed_at from video_jobs where status = 'COMPLETED'
                order by completed_at desc limit ?
                """,
                count);
    }

    /** Takes a job that is queued, or whose worker is gone; empty if it is final, deleted or just taken by another. */
    Optional<Claim> claim(String id, Instant now) {
        Optional<Claim> seen = first(jdbc.query(JobRepository::seen, SELECT + "where j.id = ?", id));
        if (seen.isEmpty() || seen.get().job().isFinal()) {
            return Optional.empty();
        }
        int taken = jdbc.update(
                """
                update video_jobs set status = 'IN_PROGRESS', progress = 0, started_at = ?, attempt = attempt + 1,
                    lost_attempts = lost_attempts + case when status = 'IN_PROGRESS' then 1 else 0 end
                where id = ? and attempt = ? and status in ('QUEUED', 'IN_PROGRESS')
                """,
                now,
                id,
                seen.get().attempt());
        return taken == 0 ? Optional.empty() : first(jdbc.query(JobRepository::seen, SELECT + "where j.id = ?", id));
    }

    /** Writes how far a run is; anything but CURRENT means that the run has to end. */
    Standing progress(String id, int attempt, int percent) {
        int written = jdbc.update(
                """
                update video_jobs set progress = ?
                where id = ? and attempt = ? and status = 'IN_PROGRESS' and cancel_requested = false
                """,
                percent,
                id,
                attempt);
        return written == 1 ? Standing.CURRENT : standing(id, attempt);
    }

    /** Ends a run well, unless it was cancelled, deleted or taken over meanwhile. */
    Standing complete(String id, int attempt, VideoReport report, Instant now, Instant expiresAt) {
        int written = jdbc.update(
                """
                update video_jobs set status = 'COMPLETED', progress = 100, report = ?, completed_at = ?, expires_at = ?
                where id = ? and attempt = ? and status = 'IN_PROGRESS' and cancel_requested = false
                """,
                JobJson.write(report),
                now,
                expiresAt,
                id,
                attempt);
        return written == 1 ? Standing.CURRENT : standing(id, attempt);
    }

    /** @param made the steps before the end, which are all that is kept of the run */
    void fail(String id, int attempt, Failure failure, Trace made, Instant now, Instant expiresAt) {
        jdbc.update(
                """
                update video_jobs set status = 'FAILED', failure_code = ?, failure_message = ?, unfinished = ?,
                    completed_at = ?, expires_at = ?
                where id = ? and attempt = ? and status = 'IN_PROGRESS'
                """,
                failure.code(),
                failure.message(),
                JobJson.write(made),
                now,
                expiresAt,
                id,
                attempt);
    }

    /** @return whether the job was waiting and now is FAILED */
    boolean failQueued(String owner, String id, Failure failure, Instant now, Instant expiresAt) {
        return jdbc.update(
                        """
                        update video_jobs set status = 'FAILED', failure_code = ?, failure_message = ?,
                            completed_at = ?, expires_at = ?
                        where owner = ? and id = ? and status = 'QUEUED'
                        """,
                        failure.code(),
                        failure.message(),
                        now,
                        expiresAt,
                        owner,
                        id)
                == 1;
    }

    /** Asks whoever makes the video, or is about to, to stop. */
    void requestCancel(String owner, String id) {
        jdbc.update(
                """
                update video_jobs set cancel_requested = true
                where owner = ? and id = ? and status in ('QUEUED', 'IN_PROGRESS')
                """,
                owner,
                id);
    }

    /** Gives a run back to the queue; its worker stops in good order. */
    void requeue(String id, int attempt) {
        jdbc.update(
                """
                update video_jobs set status = 'QUEUED', progress = 0, attempt = attempt + 1, started_at = null
                where id = ? and attempt = ? and status = 'IN_PROGRESS'
                """,
                id,
                attempt);
    }

    /** Gives a run back to the queue whose worker went away without a word. */
    void requeueLost(String id) {
        jdbc.update(
                """
                update video_jobs set status = 'QUEUED', progress = 0, attempt = attempt + 1, started_at = null,
                    lost_attempts = lost_attempts + 1
                where id = ? and status = 'IN_PROGRESS'
                """,
                id);
    }

    boolean delete(String owner, String id) {
        return jdbc.update("delete from video_jobs where owner = ? and id = ?", owner, id) == 1;
    }

    List<String> expired(Instant now) {
        return jdbc.query(row -> row.getString("id"), "select id from video_jobs where expires_at <= ?", now);
    }

    boolean deleteExpired(String id, Instant now) {
        return jdbc.update("delete from video_jobs where id = ? and expires_at <= ?", id, now) == 1;
    }

    private Standing standing(String id, int attempt) {
        return first(jdbc.query(
                        row -> row.getBoolean("cancel_requested") ? Standing.CANCELLED : Standing.CURRENT,
                        "select cancel_requested from video_jobs where id = ? and attempt = ? and status = 'IN_PROGRESS'",
                        id,
                        attempt))
                .orElse(Standing.LOST);
    }

    private static Claim seen(ResultSet row) throws SQLException {
        return new Claim(
                job(row), row.getInt("attempt"), row.getInt("lost_attempts"), row.getBoolean("cancel_requested"));
    }

    private static VideoJob job(ResultSet row) throws SQLException {
        int position = row.getInt("queue_position");
        Optional<String> failureCode = Optional.ofNullable(row.getString("failure_code"));
        String failureMessage = row.getString("failure_message");
        return new VideoJob(
                row.getString("id"),
                row.getString("owner"),
                Status.valueOf(row.getString("status")),
                JobJson.readRequest(row.getString("request")),
                JobJson.readNames(row.getString("ignored")),
                row.getInt("progress"),
                position == 0 ? OptionalInt.empty() : OptionalInt.of(position),
                Jdbc.instant(row, "created_at").orElseThrow(),
                Jdbc.instant(row, "started_at"),
                Jdbc.instant(row, "completed_at"),
                Jdbc.instant(row, "expires_at"),
                Optional.ofNullable(row.getString("remixed_from")),
                Optional.ofNullable(row.getString("request_id")),
                Optional.ofNullable(row.getString("report")).map(JobJson::readReport),
                Optional.ofNullable(row.getString("unfinished")).map(JobJson::readTrace),
                failureCode.map(code -> new Failure(code, failureMessage)));
    }

    private static <T> Optional<T> first(List<T> rows) {
        return rows.stream().findFirst();
    }
}
