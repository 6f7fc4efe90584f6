package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.Priority;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.flowblend.file.InvalidFileException;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.learning.CalibrationFailedException;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.Calibrator;
import io.flowblend.learning.MeasurementLog;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.request.InvalidRequestException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * Learns about the pairs on one thread of its own, between the videos: calibrations that somebody started, as rows of a
 * database and tasks of a db-scheduler, and whatever can be learned in idle time. Both stop between two steps as soon as a
 * video waits or is made. A calibration survives a restart: it goes on from the last thing that it measured.
 */
public final class BackgroundLearning implements CalibrationJobs, AutoCloseable {
    private static final String TABLE = "background_tasks";
    private static final int LISTED = 100;
    /** Until the progress is written down. */
    private static final long REPORT_NANOS = 1_000_000_000;

    private static final Failure STOPPED = new Failure("cancelled", "The calibration was stopped.");

    private static final System.Logger LOG = System.getLogger(BackgroundLearning.class.getName());

    private final CalibrationJobRepository repository;
    private final Calibrator course;
    private final Predicate<BooleanSupplier> idle;
    private final BooleanSupplier videosGoFirst;
    private final JobSettings settings;
    private final Clock clock;
    private final VideoIds ids = new VideoIds("calibration_");
    private final CustomTask<Void> task;
    private final Scheduler scheduler;

    /**
     * @param idle learns something until it is done or shall give way; says whether there was something to learn
     * @param videosGoFirst whether a video waits or is being made; asked between any two steps
     */
    public BackgroundLearning(
            DataSource database,
            Calibrator course,
            Predicate<BooleanSupplier> idle,
            BooleanSupplier videosGoFirst,
            JobSettings settings,
            Clock clock) {
        this.repository = new CalibrationJobRepository(database);
        this.course = course;
        this.idle = idle;
        this.videosGoFirst = videosGoFirst;
        this.settings = settings;
        this.clock = new JobClock(clock).steady();
        this.task = Tasks.custom("calibration", Void.class)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(TaskScheduler.RETRY))
                .onDeadExecutionRevive()
                .execute(this::calibrate);
        RecurringTask<Void> learning = Tasks.recurring("idle-learning", FixedDelay.of(settings.pollInterval()))
                .defaultPriority(Priority.LOW)
                .execute((instance, context) -> learn(context));
        this.scheduler = TaskScheduler.of(database, TABLE, List.of(task), List.of(learning), settings, this.clock);
    }

    /** Takes up what was not finished when the process ended, and begins to learn. */
    public void start() {
        for (CalibrationJob job : repository.unfinished()) {
            scheduler.scheduleIfNotExists(task.instance(job.id()), job.createdAt());
        }
        scheduler.start();
    }

    /** Stops between two steps. */
    @Override
    public void close() {
        scheduler.stop();
    }

    @Override
    public Optional<CalibrationJob> start(CalibrationPlan asked) {
        CalibrationPlan plan = course.complete(asked);
        Instant now = now();
        CalibrationJob job = new CalibrationJob(
                ids.next(now.toEpochMilli()),
                plan,
                Status.QUEUED,
                0,
                0,
                now,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        if (!repository.insert(job)) {
            return Optional.empty();
        }
        scheduler.scheduleIfNotExists(task.instance(job.id()), now);
        return Optional.of(job);
    }

    @Override
    public Optional<CalibrationJob> find(String pair, String id) {
        return repository.find(id).filter(job -> job.plan().pair().equals(pair));
    }

    @Override
    public Optional<CalibrationJob> stop(String pair, String id) {
        if (find(pair, id).isPresent()) {
            repository.fail(id, STOPPED, now());
        }
        return find(pair, id);
    }

    @Override
    public List<CalibrationJob> list(String pair) {
        return repository.list(pair, LISTED);
    }

    private void learn(ExecutionContext context) {
        BooleanSupplier giveWay = giveWay(context);
        boolean learning = true;
        while (learning && !giveWay.getAsBoolean() && repository.unfinished().isEmpty()) {
            learning = idle.test(giveWay);
        }
    }

    private CompletionHandler<Void> calibrate(TaskInstance<Void> instance, ExecutionContext context) {
        Optional<CalibrationJob> found = repository.find(instance.getId()).filter(job -> !job.isFinal());
        if (found.isEmpty()) {
            return new CompletionHandler.OnCompleteRemove<>();
        }
        CalibrationJob job = found.get();
        BooleanSupplier giveWay = giveWay(context);
        if (giveWay.getAsBoolean()) {
            return later();
        }
        repository.begin(job.id(), now());
        try {
            MeasurementLog notebook = repository.notebook(job.id());
            double done = 0;
            while (done < 1) {
                long reported = System.nanoTime();
                Calibrator.Progress progress = course.advance(
                        job.plan(),
                        notebook,
                        () -> giveWay.getAsBoolean() || System.nanoTime() - reported > REPORT_NANOS);
                done = progress.done();
                if (!repository.progress(job.id(), progress.measured(), (int) Math.floor(100 * done))) {
                    repository.deleteNotes(job.id());
                    return new CompletionHandler.OnCompleteRemove<>();
                }
                if (done < 1 && giveWay.getAsBoolean()) {
                    return later();
                }
            }
            repository.complete(job.id(), now());
        } catch (Jdbc.DatabaseException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "Calibration " + job.id() + " failed", e);
            repository.fail(job.id(), failure(e), now());
        }
        return new CompletionHandler.OnCompleteRemove<>();
    }

    private static Failure failure(RuntimeException e) {
        if (e instanceof GenerationFailedException known) {
            return new Failure(known.code(), String.valueOf(known.getMessage()));
        }
        if (e instanceof CalibrationFailedException known) {
            return new Failure(known.code(), String.valueOf(known.getMessage()));
        }
        if (e instanceof InvalidRequestException known) {
            return new Failure("invalid_request", String.valueOf(known.getMessage()));
        }
        if (e instanceof InvalidFileException known) {
            return new Failure("invalid_measurements", String.valueOf(known.getMessage()));
        }
        return new Failure("internal_error", "The calibration ended because of an internal error.");
    }

    private CompletionHandler<Void> later() {
        Instant next = clock.instant().plus(settings.pollInterval());
        return (completion, operations) -> operations.reschedule(completion, next);
    }

    private BooleanSupplier giveWay(ExecutionContext context) {
        return () -> context.getSchedulerState().isShuttingDown() || videosGoFirst.getAsBoolean();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
