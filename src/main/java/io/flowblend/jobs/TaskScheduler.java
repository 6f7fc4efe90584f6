package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.Priority;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.sql.DataSource;

/** How this process works on its tasks: one at a time, by priority and time, with a sign of life now and then. */
final class TaskScheduler {
    /** Until a task is tried again that the database kept from being finished. */
    static final Duration RETRY = Duration.ofSeconds(10);

    /** After as many heartbeats without one a worker is taken for dead. */
    private static final int MISSED_HEARTBEATS = 4;

    private TaskScheduler() {}

    private static final int MACHINE_CHARACTERS = 38;

    /** No release may take the tasks of pairs that this process does not serve for left over. */
    private static final Duration NEVER = Duration.ofDays(365_000);

    /** The scheduler's priority of a video of priority 0. */
    private static final int USUAL = Priority.MEDIUM;

    /** Places of the same turn that are told apart; further ones are in any order. */
    private static final long PLACES = 1_000_000;

    /**
     * The time of a task in the queue. The scheduler takes what is due, earliest first; all of these times are long past, so
     * the order is that of the turns, and then of the places, and no clock has a say.
     */
    static Instant time(Place place) {
        return Instant.EPOCH.plusSeconds(place.turn()).plus(place.place() % PLACES, ChronoUnit.MICROS);
    }

    /** The scheduler's own priority, higher first. */
    static int priority(Place place) {
        return USUAL + place.priority();
    }

    static TaskInstance<Void> task(String id, Place place) {
        return new TaskInstance.Builder<Void>(place.task(), id)
                .priority(priority(place))
                .build();
    }

    /** Of this process among those that share the database: machine and process id. */
    private static String name() {
        String machine = new SchedulerName.Hostname().getName();
        return machine.substring(0, Math.min(MACHINE_CHARACTERS, machine.length())) + " "
                + ProcessHandle.current().pid();
    }

    /**
     * @param table of db-scheduler; no other scheduler may use it, since each deletes the tasks that it does not know
     * @param tasks what is scheduled
     * @param recurring runs from the start
     * @param clock never steps while the process runs
     */
    static Scheduler of(
            DataSource database,
            String table,
            List<Task<?>> tasks,
            List<RecurringTask<Void>> recurring,
            JobSettings settings,
            Clock clock) {
        return Scheduler.create(database, tasks)
                .tableName(table)
                .schedulerName(new SchedulerName.Fixed(name()))
                .startTasks(recurring)
                .threads(1)
                .deleteUnresolvedAfter(NEVER)
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
