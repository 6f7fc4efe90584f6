package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;

/** How this process works on its tasks: one at a time, by priority and time, with a sign of life now and then. */
final class TaskScheduler {
    /** Until a task is tried again that the database kept from being finished. */
    static final Duration RETRY = Duration.ofSeconds(10);

    /** After as many heartbeats without one a worker is taken for dead. */
    private static final int MISSED_HEARTBEATS = 4;

    private TaskScheduler() {}

    /**
     * The time of a task in the queue. The scheduler takes what is due, earliest first; all of these times are long past, so
     * the order is that of the places and no clock has a say.
     */
    static Instant place(long place) {
        return Instant.ofEpochMilli(place);
    }

    /**
     * @param table of db-scheduler; no other scheduler may use it, since each deletes the tasks that it does not know
     * @param task what is scheduled
     * @param recurring runs from the start
     * @param clock never steps while the process runs
     */
    static Scheduler of(
            DataSource database,
            String table,
            Task<?> task,
            RecurringTask<Void> recurring,
            JobSettings settings,
            Clock clock) {
        return Scheduler.create(database, task)
                .tableName(table)
                .startTasks(recurring)
                .threads(1)
                .clock(clock::instant)
                .enablePriority()
                .enableImmediateExecution()
                .pollingInterval(settings.pollInterval())
                .heartbeatInterval(settings.heartbeat())
                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                .shutdownMaxWait(settings.shutdownGrace())
                .build();
    }
}
