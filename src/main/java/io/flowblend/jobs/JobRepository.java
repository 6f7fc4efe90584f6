package io.flowblend.jobs;

import io.flowblend.jobs.Jdbc.Update;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The table of videos. A job changes hands by a claim-by-update on its attempt; whoever writes to a run names its
 * attempt, so that a worker that was taken for dead cannot write over its successor. Only SQL that H2 and PostgreSQL
 * share.
 */
final class JobRepository {
    /**
     * The turn after all that an owner has waiting at a priority, or the next one. Twice the owner and the priority, then twice
     * the priority. Both orders are those of an index, of which one entry is read.
     */
    private static final String LAST_TURN =
            """
            1 + greatest(
                coalesce((select turn from video_jobs where owner = ? and status = 'QUEUED' and priority = ?
                    order by owner, status, priority, turn desc limit 1), 0),
                coalesce((select max(turn) from video_jobs where owner = ? and status = 'IN_PROGRESS' and priority = ?), 0),
                coalesce((select max(turn) from video_jobs where status = 'IN_PROGRESS' and priority = ?),
                    (select turn - 1 from video_jobs where status = 'QUEUED' and priority = ?
                        order by status, priority, turn limit 1), 0))
            """;

    /** What an owner wants at a priority by a later deadline or by none, and has not got. Owner, priority, deadline. */
    private static final String LESS_PRESSING =
            """
            from video_jobs where owner = ? and status in ('QUEUED', 'IN_PROGRESS') and priority = ?
                and (deadline is null or deadline > ?)
            """;

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

    /**
     * Puts a job into the queue. One with a deadline takes the turn of the first that its owner wants later, and each of those
     * the next turn: other owners see no difference.
     *
     * @param task who can make it
     * @param priority higher ones go first
     * @param webhookUrl told of the end of the video
     */
    void insert(
            VideoJob job,
            String task,
            int priority,
            Optional<String> idempotencyKey,
            Optional<String> bodyDigest,
            Optional<String> webhookUrl) {
        List<Update> updates = new ArrayList<>();
        List<Object> values = new ArrayList<>(List.of(
                job.id(),
                job.owner(),
                job.status(),
                JobJson.write(job.request()),
                JobJson.write(job.ignored()),
                job.remixedFrom(),
                idempotencyKey,
                bodyDigest,
                job.requestId(),
                job.createdAt(),
                job.deadline(),
                task,
                priority));
        job.deadline().ifPresent(deadline -> values.addAll(List.of(job.owner(), priority, deadline)));
        values.addAll(List.of(job.owner(), priority, job.owner(), priority, priority, priority));
        updates.add(new Update(
                """
                insert into video_jobs (id, owner, status, request, ignored, remixed_from, idempotency_key, body_digest,
                    request_id, progress, attempt, lost_attempts, cancel_requested, created_at, deadline, task, priority, turn)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, false, ?, ?, ?, ?, %s)
                """
                        .formatted(
                                job.deadline().isPresent()
                                        ? "coalesce((select min(turn) " + LESS_PRESSING + "), " + LAST_TURN + ")"
                                        : LAST_TURN),
                values.toArray()));
        job.deadline()
                .ifPresent(deadline -> updates.addAll(List.of(
                        new Update(
                                "update video_jobs set turn = turn + 1 where id in (select id " + LESS_PRESSING
                                        + ") and id <> ?",
                                job.owner(),
                                priority,
                                deadline,
                                job.id()),
                        new Update(
                                """
                                update scheduled_tasks set execution_time = execution_time + interval '1' second
                                where picked = false and execution_time < ? and task_instance in (select id
                                """
                                        + LESS_PRESSING + " and status = 'QUEUED')",
                                RunningLimit.PARKED,
                                job.owner(),
                                priority,
                                deadline))));
        webhookUrl.ifPresent(url -> updates.add(
                new Update("insert into webhooks (video_id, url, scheduled) values (?, ?, false)", job.id(), url)));
        jdbc.updateAll(updates.toArray(Update[]::new));
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

    /** Notes that another kind of worker makes the video. */
    void setTask(String id, String task) {
        jdbc.update("update video_jobs set task = ? where id = ?", task, id);
    }

    /**
     * Gives the tasks that wait their names, places and priorities: by older releases they wait by a time, and the models of a
     * pair may have changed.
     */
    void restoreTasks(List<JobReader.Unfinished> jobs) {
        record Waiting(String id, String task, Instant time) {}
        Map<String, Waiting> tasks = new HashMap<>();
        jdbc.query(
                        row -> new Waiting(
                                row.getString("task_instance"),
                                row.getString("task_name"),
                                Jdbc.instant(row, "execution_time").orElseThrow()),
                        "select task_instance, task_name, execution_time from scheduled_tasks")
                .forEach(waiting -> tasks.put(waiting.id(), waiting));
        for (JobReader.Unfinished job : jobs) {
            Waiting found = tasks.get(job.id());
            Place place = job.place();
            Instant time = TaskScheduler.time(place);
            if (found == null) {
                continue;
            }
            if (!found.task().equals(place.task())) {
                jdbc.update(
                        "update scheduled_tasks set task_name = ? where task_name = ? and task_instance = ?",
                        place.task(),
                        found.task(),
                        job.id());
            }
            if (!found.time().equals(time)) {
                jdbc.update(
                        """
                        update scheduled_tasks set execution_time = ?, priority = ?
                        where task_name = ? and task_instance = ? and picked = false
                        """,
                        time,
                        TaskScheduler.priority(place),
                        place.task(),
                        job.id());
            }
        }
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
