package io.flowblend.jobs;

import io.flowblend.jobs.Jdbc.Update;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The table of videos. A job changes hands by a claim-by-update on its attempt; whoever writes to a run names its
 * attempt, so that a worker that was taken for dead cannot write over its successor. Only SQL that H2 and PostgreSQL
 * share.
 */
final class JobRepository {
    private final Jdbc jdbc;

    JobRepository(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    /**
     * A job that now belongs to the caller.
     *
     * @param place in the queue
     * @param attempt the caller's name for everything that it writes
     * @param lostAttempts attempts whose worker went away without a word
     */
    record Claim(VideoJob job, Place place, int attempt, int lostAttempts, boolean cancelRequested) {}

    /** How a run stands. LOST: the job is gone or belongs to another attempt. */
    enum Standing {
        CURRENT,
        CANCELLED,
        LOST
    }

    /** Lets the key of a video be used anew. */
    void releaseKey(String id) {
        jdbc.update("update video_jobs set idempotency_key = null where id = ?", id);
    }

    /** Takes a job that is queued, or whose worker is gone; empty if it is final, deleted or just taken by another. */
    Optional<Claim> claim(String id, Instant now) {
        Optional<Claim> seen =
                JobReader.first(jdbc.query(JobRepository::seen, JobReader.SELECT + "where j.id = ?", id));
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
        return taken == 0
                ? Optional.empty()
                : JobReader.first(jdbc.query(JobRepository::seen, JobReader.SELECT + "where j.id = ?", id));
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
    Standing complete(
            String id, int attempt, VideoReport report, ArtifactStore.Stored stored, Instant now, Instant expiresAt) {
        int written = jdbc.update(
                """
                update video_jobs set status = 'COMPLETED', progress = 100, report = ?, stored_bytes = ?, sha256 = ?,
                    completed_at = ?, expires_at = ?
                where id = ? and attempt = ? and status = 'IN_PROGRESS' and cancel_requested = false
                """,
                JobJson.write(report),
                stored.bytes(),
                stored.sha256(),
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

    /** Deletes the record and notes that the files have to follow. */
    boolean delete(String owner, String id) {
        return delete(id, "id = ? and owner = ?", owner);
    }

    /** A record that was never a video: nothing follows. */
    void forget(String id) {
        jdbc.update("delete from video_jobs where id = ?", id);
    }

    List<String> expired(Instant now) {
        return jdbc.query(row -> row.getString("id"), "select id from video_jobs where expires_at <= ?", now);
    }

    /** The completed videos beyond those that have {@code bytes} of files together, the latest counted first. */
    List<String> beyond(long bytes) {
        return jdbc.query(
                row -> row.getString("id"),
                """
                select id from (select id, sum(stored_bytes) over (order by completed_at desc, id desc) as total
                    from video_jobs where status = 'COMPLETED') as kept
                where total > ?
                """,
                bytes);
    }

    boolean deleteCompleted(String id) {
        return delete(id, "id = ? and status = ?", Status.COMPLETED);
    }

    boolean deleteExpired(String id, Instant now) {
        return delete(id, "id = ? and expires_at <= ?", now);
    }

    private boolean delete(String id, String condition, Object value) {
        return jdbc.updateIfFirst(
                new Update("delete from video_jobs where " + condition, id, value),
                new Update("insert into deleted_videos (id) values (?)", id));
    }

    /** Videos whose files have still to go. */
    List<String> deleted() {
        return jdbc.query(row -> row.getString("id"), "select id from deleted_videos");
    }

    void filesDeleted(String id) {
        jdbc.update("delete from deleted_videos where id = ?", id);
    }

    Optional<String> storeId() {
        return JobReader.first(jdbc.query(row -> row.getString("id"), "select id from store_identity"));
    }

    /** @return false if another process has given one meanwhile */
    boolean setStoreId(String id) {
        try {
            jdbc.update("insert into store_identity (only_row, id, last_seen) values (1, ?, ?)", id, Instant.EPOCH);
            return true;
        } catch (Jdbc.DatabaseException e) {
            if (e.isDuplicate()) {
                return false;
            }
            throw e;
        }
    }

    boolean hasFinished() {
        return !jdbc.query(row -> true, "select id from video_jobs where status = 'COMPLETED' limit 1")
                .isEmpty();
    }

    /** Notes that the service was there at {@code time}; the least that shows that the database can be written to. */
    void seen(Instant time) {
        jdbc.update("update store_identity set last_seen = ?", time);
    }

    Optional<Instant> lastSeen() {
        return JobReader.first(jdbc.query(
                        row -> Jdbc.instant(row, "last_seen").orElseThrow(), "select last_seen from store_identity"))
                .filter(time -> !time.equals(Instant.EPOCH));
    }

    private Standing standing(String id, int attempt) {
        return JobReader.first(jdbc.query(
                        row -> row.getBoolean("cancel_requested") ? Standing.CANCELLED : Standing.CURRENT,
                        "select cancel_requested from video_jobs where id = ? and attempt = ? and status = 'IN_PROGRESS'",
                        id,
                        attempt))
                .orElse(Standing.LOST);
    }

    private static Claim seen(ResultSet row) throws SQLException {
        return new Claim(
                JobReader.job(row),
                Place.read(row),
                row.getInt("attempt"),
                row.getInt("lost_attempts"),
                row.getBoolean("cancel_requested"));
    }
}
