package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Tells whoever asked for it that a video has ended: a row a video, and a task of a db-scheduler once the video is final. What
 * cannot be delivered is tried again, each time after four times the wait, and given up after {@value #MOST_ATTEMPTS} attempts
 * within about eight hours. Any process may deliver; a delivery may come twice, never not at all before it is given up.
 */
public final class Webhooks implements AutoCloseable {
    /** How a webhook is told. */
    @FunctionalInterface
    public interface Sender {
        /**
         * Tells {@code url} of the end of {@code job}; within seconds, on the calling thread.
         *
         * @throws UndeliveredException if that failed; the message is for the log
         */
        void send(VideoJob job, String url) throws UndeliveredException;
    }

    /** The other end could not be reached, must not be, or did not take it. */
    public static final class UndeliveredException extends Exception {
        public UndeliveredException(String message) {
            super(message);
        }
    }

    private static final String TABLE = "webhook_tasks";
    private static final int MOST_ATTEMPTS = 8;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(5);

    /** Deliveries at a time: one that hangs must not hold up the others. */
    private static final int THREADS = 4;

    /** Rows that are looked at in one go. */
    private static final int BATCH = 100;

    private static final System.Logger LOG = System.getLogger(Webhooks.class.getName());

    private final Jdbc jdbc;
    private final Sender sender;
    private final Duration firstWait;
    private final Clock clock;
    private final OneTimeTask<Void> task;
    private final Scheduler scheduler;

    public Webhooks(DataSource database, Sender sender, JobSettings settings, Clock clock) {
        this(database, sender, settings, clock, FIRST_WAIT);
    }

    Webhooks(DataSource database, Sender sender, JobSettings settings, Clock clock, Duration firstWait) {
        this.jdbc = new Jdbc(database);
        this.sender = sender;
        this.firstWait = firstWait;
        this.clock = new JobClock(clock).steady();
        this.task = Tasks.oneTime("webhook", Void.class)
                .onFailure(this::failed)
                .onDeadExecutionRevive()
                .execute((instance, context) -> deliver(instance));
        RecurringTask<Void> look = Tasks.recurring("look-for-webhooks", FixedDelay.of(settings.pollInterval()))
                .execute((instance, context) -> schedule());
        this.scheduler = Scheduler.create(database, task)
                .tableName(TABLE)
                .startTasks(look)
                .threads(THREADS)
                .clock(this.clock::instant)
                .pollingInterval(settings.pollInterval())
                .heartbeatInterval(settings.heartbeat())
                .failureLogging(LogLevel.OFF, false)
                .shutdownMaxWait(settings.shutdownGrace())
                .build();
    }

    public void start() {
        scheduler.start();
    }

    @Override
    public void close() {
        scheduler.stop();
    }

    /** Makes a task of every webhook whose video has ended. */
    private void schedule() {
        for (String id : ended()) {
            scheduler.scheduleIfNotExists(task.instance(id), clock.instant());
            jdbc.update("update webhooks set scheduled = true where video_id = ?", id);
        }
    }

    private List<String> ended() {
        return jdbc.query(
                row -> row.getString("video_id"),
                """
                select w.video_id from webhooks w join video_jobs v on v.id = w.video_id
                where w.scheduled = false and v.status in ('COMPLETED', 'FAILED') limit ?
                """,
                BATCH);
    }

    private void deliver(TaskInstance<Void> instance) {
        record Row(VideoJob job, String url) {}
        String id = instance.getId();
        Optional<Row> found = JobReader.first(jdbc.query(
                row -> new Row(JobReader.job(row), row.getString("webhook_url")),
                """
                select j.*, w.url as webhook_url from video_jobs j join webhooks w on w.video_id = j.id
                where j.id = ? and j.status in ('COMPLETED', 'FAILED')
                """,
                id));
        if (found.isPresent()) {
            try {
                sender.send(found.get().job(), found.get().url());
            } catch (UndeliveredException e) {
                throw new UncheckedUndelivered(e);
            }
            forget(id);
        }
    }

    private void failed(ExecutionComplete completion, ExecutionOperations<Void> operations) {
        String id = completion.getExecution().taskInstance.getId();
        Throwable cause = completion.getCause().orElse(null);
        String why = cause instanceof UncheckedUndelivered ? String.valueOf(cause.getMessage()) : "an internal error";
        if (!(cause instanceof UncheckedUndelivered)) {
            LOG.log(System.Logger.Level.WARNING, "The webhook of " + id + " could not be told", cause);
        }
        int attempts = completion.getExecution().consecutiveFailures + 1;
        if (attempts >= MOST_ATTEMPTS) {
            LOG.log(System.Logger.Level.WARNING, "The webhook of {0} is given up: {1}", id, why);
            forget(id);
            operations.remove();
            return;
        }
        Duration wait = firstWait.multipliedBy(1L << (2 * (attempts - 1)));
        LOG.log(System.Logger.Level.INFO, "The webhook of {0} is tried again in {1}: {2}", id, wait, why);
        operations.reschedule(completion, clock.instant().plus(wait));
    }

    private void forget(String id) {
        jdbc.update("delete from webhooks where video_id = ?", id);
    }

    /** Carries what a sender said through the scheduler. */
    private static final class UncheckedUndelivered extends RuntimeException {
        UncheckedUndelivered(UndeliveredException cause) {
            super(cause.getMessage(), cause, false, false);
        }
    }
}
