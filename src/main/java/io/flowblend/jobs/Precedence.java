package io.flowblend.jobs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.sql.DataSource;

/** Which video that is being made has to make room for one that waits. */
final class Precedence {
    /** After all deadlines. */
    private static final Instant NEVER = Instant.parse("9999-01-01T00:00:00Z");

    private final Jdbc jdbc;

    Precedence(DataSource database) {
        this.jdbc = new Jdbc(database);
    }

    /**
     * Whether a run has to make room. It has if more videos of a higher priority wait for this kind of worker than there are
     * other runs that have to make room before it: those of a lower priority, and of the same those of a later place. It has
     * too, in the same way, for what its owner wants by an earlier deadline at the same priority.
     *
     * @param tasks that the worker can make
     * @param most videos of an owner that may be made at a time: what is beyond that waits for nothing but this; 0: any number
     * @param since videos that came later than this may still be taken by a worker that is free
     */
    boolean hasToMakeRoom(VideoJob job, Place place, List<String> tasks, int most, Instant since) {
        String ours = "task in (" + String.join(", ", Collections.nCopies(tasks.size(), "?")) + ")";
        String waiting = "select count(*) from video_jobs w where status = 'QUEUED' and " + ours
                + " and lost_attempts < ? and created_at < ?";
        if (most > 0) {
            waiting += " and (select count(*) from video_jobs r where r.owner = w.owner and r.status = 'IN_PROGRESS'"
                    + " and r.id <> ?) < " + most;
        }
        String others = "select count(*) from video_jobs where status = 'IN_PROGRESS' and " + ours + " and id <> ?";
        List<Object> urgent = new ArrayList<>(tasks);
        urgent.addAll(List.of(JobReader.SUSPECT, since));
        if (most > 0) {
            urgent.add(job.id());
        }
        List<Object> values = new ArrayList<>(urgent);
        values.add(place.priority());
        values.addAll(tasks);
        values.addAll(List.of(job.id(), place.priority(), place.priority(), place.place()));
        String query = "select ((" + waiting + " and priority > ?) > (" + others
                + " and (priority < ? or (priority = ? and place > ?))))";
        Instant deadline = job.deadline().orElse(NEVER);
        query += " or ((" + waiting + " and owner = ? and priority = ? and deadline < ?) > (" + others
                + " and owner = ? and priority = ? and (coalesce(deadline, ?) > ? or (coalesce(deadline, ?) = ? and place > ?))))";
        values.addAll(urgent);
        values.addAll(List.of(job.owner(), place.priority(), deadline));
        values.addAll(tasks);
        values.addAll(List.of(job.id(), job.owner(), place.priority()));
        values.addAll(List.of(NEVER, deadline, NEVER, deadline, place.place()));
        return jdbc.query(row -> row.getBoolean(1), query, values.toArray()).get(0);
    }
}
