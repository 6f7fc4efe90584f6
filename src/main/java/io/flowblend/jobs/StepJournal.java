package io.flowblend.jobs;

import io.flowblend.jobs.Jdbc.Update;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Writes the steps of a video down while it is made, at most twice a second, so that every process of a fleet can show them.
 * They are a help for readers and nothing depends on them: what a finished video did is in its own row. Only SQL that H2 and
 * PostgreSQL share.
 */
public final class StepJournal implements JobObserver {
    /** Least time between two writes. */
    private static final long WRITE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Jdbc jdbc;
    private final Map<String, Pending> pending = new ConcurrentHashMap<>();

    public StepJournal(DataSource source) {
        this.jdbc = new Jdbc(source);
    }

    private static final class Pending {
        private final List<StepRecord> steps = new ArrayList<>();
        private boolean written;
        private long lastWrite;
    }

    @Override
    public void started(VideoJob job) {
        pending.put(job.id(), new Pending());
    }

    @Override
    public void step(VideoJob job, StepRecord step) {
        Pending attempt = pending.computeIfAbsent(job.id(), id -> new Pending());
        attempt.steps.add(step);
        if (!attempt.written || System.nanoTime() - attempt.lastWrite >= WRITE_NANOS) {
            write(job.id(), attempt);
        }
    }

    private void write(String id, Pending attempt) {
        int first = attempt.steps.get(0).step().index();
        Update insert = new Update(
                // A video may be deleted while it is made.
                "insert into video_steps (video_id, first_step, steps)"
                        + " select id, cast(? as integer), cast(? as text) from video_jobs where id = ?",
                first,
                JobJson.write(new Trace(attempt.steps)),
                id);
        if (attempt.written) {
            jdbc.updateAll(insert);
        } else {
            jdbc.updateAll(
                    new Update("delete from video_steps where video_id = ? and first_step >= ?", id, first), insert);
        }
        attempt.written = true;
        attempt.lastWrite = System.nanoTime();
        attempt.steps.clear();
    }

    @Override
    public void left(VideoJob job) {
        pending.remove(job.id());
    }

    @Override
    public void finished(VideoJob job) {
        jdbc.update("delete from video_steps where video_id = ?", job.id());
    }

    /** The steps that are written down of a video that is being made. */
    public Trace read(String id) {
        record Part(int first, Trace trace) {}
        List<StepRecord> steps = new ArrayList<>();
        for (Part part : jdbc.query(
                row -> new Part(row.getInt("first_step"), JobJson.readTrace(row.getString("steps"))),
                "select first_step, steps from video_steps where video_id = ? order by first_step",
                id)) {
            // Where a run went on from before the end of a part, its own steps count.
            while (steps.size() > part.first()) {
                steps.remove(steps.size() - 1);
            }
            steps.addAll(part.trace().steps());
        }
        return new Trace(steps);
    }
}
