package io.flowblend.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.exceptions.DbSchedulerException;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.Priority;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.flowblend.jobs.JobReader.Unfinished;
import io.flowblend.jobs.JobRepository.Claim;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.video.VideoEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Videos as rows of a database and as tasks of a db-scheduler on the same database: one task a video, in order of
 * submission, one worker thread in this process. The row says how the video is, the task says who works on it. What was
 * queued survives a restart; what was running goes on from its last checkpoint.
 *
 * <p>The database has to hold the tables of {@code db/migration}. An H2 file needs two settings in its URL:
 * {@code WRITE_DELAY=0}, because H2 otherwise keeps a commit in memory for half a second, and a video that was promised
 * to a client would be lost if the process were killed then; and {@code TIME ZONE=UTC}, because the scheduler hands its
 * times over without a zone. Nothing runs before {@link #start()}.
 */
public final class DurableVideoJobs implements VideoJobs, VideoQueue, AutoCloseable {
    private static final String TABLE = "scheduled_tasks";
    private static final Duration EXPIRY_INTERVAL = Duration.ofMinutes(1);
    private static final Duration SWEEP_INTERVAL = Duration.ofHours(1);

    private static final System.Logger LOG = System.getLogger(DurableVideoJobs.class.getName());

    private final JobContext workshop;
    private final JobRepository repository;
    private final JobReader reader;
    private final QueueTimes times;
    private final Retention retention;
    private final StoreIdentity identity;
    private final StorageGuard guard;
    private final AtomicLong orphans = new AtomicLong();
    private final Scheduler scheduler;
    private final Intake intake;
    private final RunningLimit limit;
    private final Map<String, VideoRun> running = new ConcurrentHashMap<>();

    /**
     * @param artifacts folder for the files of finished videos; made at {@link #start()}
     * @param encoders one for every {@link VideoJobs.Artifact}
     * @param clock a clock that runs
     * @param reopen closes all connections to a database that cannot be written to, so that the next one opens it anew
     */
    public DurableVideoJobs(
            DataSource database,
            PipelineCatalog catalog,
            Path artifacts,
            JobSettings settings,
            WorkerSettings worker,
            Clock clock,
            JobObserver observer,
            Map<Artifact, VideoEncoder> encoders,
            Runnable reopen) {
        this(database, catalog, artifacts, settings, worker, new JobClock(clock), observer, encoders, reopen);
    }

    DurableVideoJobs(
            DataSource database,
            PipelineCatalog catalog,
            Path artifacts,
            JobSettings settings,
            WorkerSettings worker,
            JobClock clock,
            JobObserver observer,
            Map<Artifact, VideoEncoder> encoders,
            Runnable reopen) {
        for (Artifact artifact : Artifact.values()) {
            if (!encoders.containsKey(artifact)) {
                throw new IllegalArgumentException("no encoder for " + artifact);
            }
        }
        this.repository = new JobRepository(database);
        this.reader = new JobReader(database);
        this.times = new QueueTimes(reader, clock);
        ArtifactStore store = new ArtifactStore(artifacts);
        this.retention = new Retention(repository, store, clock, worker.maxBytes());
        this.guard = new StorageGuard(this::look, reopen);
        this.identity = new StoreIdentity(repository, artifacts);
        List<String> tasks = new ArrayList<>(List.of(Place.ANY_WORKER));
        catalog.all().forEach(pipeline -> tasks.add(Place.task(pipeline.pair(), pipeline.fingerprint())));
        this.workshop = new JobContext(
                catalog,
                List.copyOf(tasks),
                Map.copyOf(encoders),
                repository,
                new QueueEntries(database),
                reader,
                new Precedence(database),
                store,
                new PreviewBoard(database),
                settings,
                worker,
                clock,
                observer);
        List<Task<?>> known = new ArrayList<>();
        tasks.forEach(name -> known.add(Tasks.custom(name, Void.class)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(TaskScheduler.RETRY))
                .onDeadExecution(this::revive)
                .execute(this::work)));
        RecurringTask<Void> expiry = recurring("expire-videos", EXPIRY_INTERVAL, retention::look);
        RecurringTask<Void> sweep = recurring("sweep-files", SWEEP_INTERVAL, this::sweep);
        this.scheduler = TaskScheduler.of(database, TABLE, known, List.of(expiry, sweep), settings, clock.steady());
        this.intake = new Intake(workshop, times, scheduler);
        this.limit = new RunningLimit(database, settings.runningLimit());
    }

    private static RecurringTask<Void> recurring(String name, Duration interval, Runnable work) {
        return Tasks.recurring(name, FixedDelay.of(interval))
                .defaultPriority(Priority.HIGH)
                .execute((instance, context) -> work.run());
    }

    /**
     * Puts in order what a crash left behind, puts every unfinished video back in the queue and starts the worker.
     *
     * @throws StoreMismatchException if the folder of artifacts is another database's
     */
    public void start() {
        identity.check(workshop.settings().adoptStore());
        sweep();
        repository.lastSeen().ifPresent(workshop.clock()::resume);
        intake.start();
        if (!workshop.worker().shared()) {
            reader.unfinished().forEach(this::takeOver);
        }
        List<Unfinished> unfinished = reader.unfinished();
        workshop.entries().restoreTasks(unfinished);
        for (Unfinished job : unfinished) {
            scheduler.scheduleIfNotExists(TaskScheduler.task(job.id(), job.place()), TaskScheduler.time(job.place()));
        }
        if (workshop.worker().works()) {
            scheduler.start();
        }
        guard.start(workshop.settings().heartbeat());
    }

    private void sweep() {
        try {
            orphans.addAndGet(retention.sweep(reader::status));
        } catch (IOException e) {
            throw new UncheckedIOException("the folder for artifacts cannot be used: " + e.getMessage(), e);
        }
    }

    /** Where no other process can come: whatever the models were when the video was asked for, those of now make it. */
    private void takeOver(Unfinished job) {
        String task = workshop.task(job.pair());
        if (!task.equals(job.place().task())) {
            workshop.entries().setTask(job.id(), task);
        }
    }

    /** What every process does once in a heartbeat. */
    private void look() {
        Instant now = workshop.clock().checked();
        repository.seen(now);
        reader.late(now).forEach(late -> endWaiting(late.owner(), late.id(), VideoRun.LATE));
        if (workshop.worker().works()) {
            limit.admit();
        }
    }

    /** Stops the worker between two steps; a video that was being made waits for the next start. */
    @Override
    public void close() {
        guard.close();
        scheduler.stop();
    }

    @Override
    public VideoJob submit(Submission submission) {
        return intake.submit(submission);
    }

    @Override
    public Optional<VideoJob> find(String owner, String id) {
        return VideoIds.isId(id) ? reader.find(owner, id) : Optional.empty();
    }

    @Override
    public boolean isOver(String id) {
        return reader.status(id)
                .filter(status -> status == Status.QUEUED || status == Status.IN_PROGRESS)
                .isEmpty();
    }

    @Override
    public List<VideoJob> findAll(Collection<String> ids) {
        return reader.findAll(List.copyOf(ids));
    }

    @Override
    public List<VideoJob> newestCompleted(Optional<String> before, int limit) {
        return reader.newestCompleted(before, limit);
    }

    @Override
    public List<VideoJob> list(String owner, Listing listing) {
        if (listing.after().isPresent() && !VideoIds.isId(listing.after().get())) {
            return List.of();
        }
        return reader.list(owner, listing);
    }

    @Override
    public Optional<VideoJob> cancel(String owner, String id) {
        if (find(owner, id).isEmpty()) {
            return Optional.empty();
        }
        if (!endWaiting(owner, id, VideoRun.CANCELLED)) {
            repository.requestCancel(owner, id);
            Optional.ofNullable(running.get(id)).ifPresent(VideoRun::cancel);
        }
        return find(owner, id);
    }

    /** Fails a video that waits; false if it does not. */
    private boolean endWaiting(String owner, String id, Failure failure) {
        Instant now = workshop.now();
        if (!repository.failQueued(
                owner, id, failure, now, now.plus(workshop.settings().retention()))) {
            return false;
        }
        reader.place(id).ifPresent(place -> unschedule(id, place));
        dropCheckpoints(id);
        find(owner, id).ifPresent(ended -> workshop.tell(observer -> observer.finished(ended)));
        return true;
    }

    @Override
    public boolean delete(String owner, String id) {
        return cancel(owner, id).isPresent() && retention.delete(owner, id);
    }

    @Override
    public Optional<Path> artifact(VideoJob job, Artifact artifact) {
        return job.status() == Status.COMPLETED ? workshop.artifacts().find(job.id(), artifact) : Optional.empty();
    }

    @Override
    public long orphans() {
        return orphans.get();
    }

    @Override
    public int length() {
        return reader.waiting();
    }

    @Override
    public boolean isBusy() {
        return !running.isEmpty() || reader.waiting() > 0;
    }

    @Override
    public Duration oldestWait() {
        return times.oldestWait();
    }

    @Override
    public Optional<Duration> expectedRemaining(VideoJob job) {
        return times.expectedRemaining(job);
    }

    @Override
    public Optional<String> storageProblem() {
        try {
            repository.seen(workshop.clock().checked());
        } catch (StorageFailedException e) {
            return Optional.of(e.isFull() ? "the database's disk is full" : "the database does not answer");
        }
        return workshop.isShortOfSpace()
                ? Optional.of("the disk has less than " + workshop.settings().minFreeBytes() + " bytes left")
                : Optional.empty();
    }

    /** What the scheduler calls for a video's task. */
    private CompletionHandler<Void> work(TaskInstance<Void> instance, ExecutionContext context) {
        String id = instance.getId();
        // In a fleet there is always another video, and a suspect would never be tried.
        boolean waits = !workshop.worker().shared() && reader.isSuspectBehindOthers(id);
        if (workshop.isShortOfSpace() || waits) {
            return later();
        }
        if (limit.isReached(id)) {
            limit.park(id);
            return parked();
        }
        Optional<Claim> claim = repository.claim(id, workshop.now());
        if (claim.isEmpty()) {
            return new CompletionHandler.OnCompleteRemove<>();
        }
        if (limit.isReached(id)) {
            // Another worker has just taken one of the same owner.
            repository.requeue(id, claim.get().attempt());
            return parked();
        }
        VideoRun run = new VideoRun(
                workshop, claim.get(), () -> context.getSchedulerState().isShuttingDown());
        running.put(id, run);
        try {
            return switch (run.make()) {
                case FINISHED -> finished(id);
                case STOPPED -> putBack(claim.get());
                case LOST -> reader.status(id).isPresent()
                        ? (completion, operations) -> {}
                        : new CompletionHandler.OnCompleteRemove<>();
            };
        } finally {
            running.remove(id);
            limit.admit();
        }
    }

    private static CompletionHandler<Void> parked() {
        return (completion, operations) -> operations.reschedule(completion, RunningLimit.PARKED);
    }

    private CompletionHandler<Void> finished(String id) {
        dropCheckpoints(id);
        return new CompletionHandler.OnCompleteRemove<>();
    }

    private void dropCheckpoints(String id) {
        try {
            workshop.artifacts().deleteCheckpoints(id);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "The checkpoints of " + id + " are left for the next look", e);
        }
    }

    /** At its old place in the queue, before all that came later, but after what its owner wants by an earlier deadline. */
    private CompletionHandler<Void> putBack(Claim claim) {
        String id = claim.job().id();
        repository.requeue(id, claim.attempt());
        Place place = reader.place(id).orElse(claim.place());
        return (completion, operations) -> operations.reschedule(completion, TaskScheduler.time(place));
    }

    /** After all that waits, which has earlier times. */
    private CompletionHandler<Void> later() {
        Instant next =
                workshop.clock().steady().instant().plus(workshop.settings().pollInterval());
        return (completion, operations) -> operations.reschedule(completion, next);
    }

    /** What the scheduler calls for a task whose worker has been silent for too long. */
    private void revive(ExecutionComplete completion, ExecutionOperations<Void> operations) {
        String id = completion.getExecution().taskInstance.getId();
        repository.requeueLost(id);
        operations.reschedule(
                completion, reader.place(id).map(TaskScheduler::time).orElse(Instant.EPOCH));
    }

    private void unschedule(String id, Place place) {
        try {
            scheduler.cancel(TaskScheduler.task(id, place));
        } catch (DbSchedulerException e) {
            // A worker has just taken it: it will see that the job is final and drop it.
            LOG.log(System.Logger.Level.DEBUG, "The task of {0} is with a worker", id);
        }
    }
}
