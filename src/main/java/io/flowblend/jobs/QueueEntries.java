package io.flowblend.jobs;

import io.flowblend.jobs.Jdbc.Update;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** How videos come into the queue, and to which place. */
final class QueueEntries {
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

    QueueEntries(DataSource source) {
        this.jdbc = new Jdbc(source);
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
}
