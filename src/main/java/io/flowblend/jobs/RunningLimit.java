package io.flowblend.jobs;

import java.time.Instant;
import javax.sql.DataSource;

/**
 * How many videos of one owner all workers together make at a time. Where a worker meets a video beyond that, the tasks of all
 * that the owner has waiting are parked: given a time that never comes. When there is room, the owner's next ones get their own
 * times back. A worker that parks does no more than that, so it is free for other owners at once.
 */
final class RunningLimit {
    /** The time of parked tasks. */
    static final Instant PARKED = Instant.parse("9999-01-01T00:00:00Z");

    private final Jdbc jdbc;
    private final int most;

    /** @param most 0: without a limit */
    RunningLimit(DataSource database, int most) {
        this.jdbc = new Jdbc(database);
        this.most = most;
    }

    /** Whether the owner of this video has as many others made as it may. */
    boolean isReached(String id) {
        return most > 0
                && jdbc.query(
                                        row -> row.getInt(1),
                                        """
                                        select count(*) from video_jobs
                                        where status = 'IN_PROGRESS' and id <> ?
                                            and owner = (select owner from video_jobs where id = ?)
                                        """,
                                        id,
                                        id)
                                .get(0)
                        >= most;
    }

    /** Parks all that the owner of this video has waiting. */
    void park(String id) {
        jdbc.update(
                """
                update scheduled_tasks set execution_time = ?
                where picked = false and execution_time < ? and task_instance in (
                    select id from video_jobs
                    where status = 'QUEUED' and owner = (select owner from video_jobs where id = ?))
                """,
                PARKED,
                PARKED,
                id);
    }

    /** Gives as many parked tasks of each owner their times back as its limit leaves room for. */
    void admit() {
        if (most == 0) {
            return;
        }
        record Parked(String id, Place place) {}
        jdbc.query(
                        row -> new Parked(row.getString("id"), Place.read(row)),
                        """
                        select id, task, priority, turn, place from (
                            select j.*, row_number() over (partition by j.owner order by priority desc, turn, place)
                                + (select count(*) from video_jobs r
                                    where r.owner = j.owner and r.status = 'IN_PROGRESS') as nth
                            from video_jobs j
                            where j.status = 'QUEUED' and exists (
                                select 1 from scheduled_tasks t
                                where t.task_name = j.task and t.task_instance = j.id and t.execution_time = ?)) as parked
                        where nth <= ?
                        """,
                        PARKED,
                        most)
                .forEach(parked -> jdbc.update(
                        """
                        update scheduled_tasks set execution_time = ?
                        where task_name = ? and task_instance = ? and picked = false
                        """,
                        TaskScheduler.time(parked.place()),
                        parked.place().task(),
                        parked.id()));
    }
}
