package io.flowblend.jobs;

import io.flowblend.jobs.JobRepository.Claim;
import io.flowblend.jobs.JobRepository.Standing;
import io.flowblend.jobs.VideoJob.Failure;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.pipeline.Checkpoints;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.Previews;
import io.flowblend.pipeline.VideoGenerator;
import io.flowblend.pipeline.VideoMetadata;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.video.VideoEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One attempt at one video, on the worker's thread: generate, encode, publish. It can end between any two steps. */
final class VideoRun implements PipelineListener {
    static final Failure LATE = new Failure("deadline_exceeded", "The video was not finished by its deadline.");
    static final Failure CANCELLED = new Failure("cancelled", "The video was cancelled.");

    /** A job whose worker died this often is taken for the cause; the last attempt trusts no checkpoint. */
    private static final int MOST_LOST_ATTEMPTS = 3;

    /** Least time between two writes of the progress, so that short steps do not write more than 4 times a second. */
    private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LAST_WAIT = Duration.ofSeconds(8);

    private static final double NANOS = 1e9;
    private static final System.Logger LOG = System.getLogger(VideoRun.class.getName());

    private final JobContext workshop;
    private final Claim claim;
    private final BooleanSupplier shuttingDown;
    private final RunCheckpoints checkpoints;
    private final RunPreviews previews;
    private final String id;
    private final int attempt;
    private volatile boolean cancelled;
    /** Set before the exception that carries it to where the attempt ends. */
    private @Nullable Outcome ending;

    private @Nullable Failure decided;
    private final List<StepRecord> steps = new ArrayList<>();
    private VideoJob job;
    private long lastProgress;

    VideoRun(JobContext workshop, Claim claim, BooleanSupplier shuttingDown) {
        this.workshop = workshop;
        this.claim = claim;
        this.shuttingDown = shuttingDown;
        this.job = claim.job();
        this.id = job.id();
        this.attempt = claim.attempt();
        this.cancelled = claim.cancelRequested();
        this.lastProgress = System.nanoTime();
        this.checkpoints = new RunCheckpoints(
                workshop.artifacts().checkpoints(id),
                workshop.worker(),
                claim.lostAttempts() >= MOST_LOST_ATTEMPTS - 1,
                () -> ending == Outcome.STOPPED);
        this.previews = new RunPreviews(workshop.previews(), workshop.clock(), id);
    }

    /** What became of the attempt. */
    enum Outcome {
        /** The job is final (or deleted). */
        FINISHED,
        /** The process is being shut down, or a more urgent video waits: the job goes on later. */
        STOPPED,
        /** The job belongs to another attempt. */
        LOST
    }

    /** Ends the run at its next step or file. */
    void cancel() {
        cancelled = true;
    }

    Outcome make() {
        workshop.tell(observer -> observer.started(job));
        try {
            workshop.artifacts().clear(id, attempt);
            check();
            VideoGenerator generator = pipeline();
            GeneratedVideo video = generator.generate(job.request(), this).orElseThrow(RunEnded::new);
            generator.encoded(store(video));
            return Outcome.FINISHED;
        } catch (Jdbc.DatabaseException e) {
            // Nothing can be written down now; the queue tries again when the database is back.
            throw e;
        } catch (Throwable thrown) {
            return end(thrown);
        } finally {
            previews.close();
            discard();
            workshop.tell(observer -> observer.left(job));
        }
    }

    @Override
    public Checkpoints checkpoints() {
        return checkpoints;
    }

    @Override
    public Previews previews() {
        return previews;
    }

    @Override
    public void onResumed(List<StepRecord> made) {
        steps.addAll(made);
        LOG.log(System.Logger.Level.INFO, "Video {0} goes on from step {1}", id, made.size());
        workshop.tell(observer -> observer.resumed(job, made));
    }

    @Override
    public boolean onStep(StepRecord step, double fractionDone) {
        try {
            made(step, fractionDone);
            return true;
        } catch (RunEnded e) {
            return false;
        }
    }

    private void made(StepRecord step, double fractionDone) {
        int percent = (int) Math.max(0, Math.min(99, Math.floor(fractionDone * 100)));
        job = job.withProgress(percent);
        steps.add(step);
        workshop.tell(observer -> observer.step(job, step));
        check();
        long now = System.nanoTime();
        if (now - lastProgress >= PROGRESS_NANOS) {
            lastProgress = now;
            writeProgress(percent);
        }
    }

    private VideoGenerator pipeline() {
        if (claim.lostAttempts() >= MOST_LOST_ATTEMPTS) {
            throw failing(new Failure(
                    "worker_lost",
                    "The worker went down " + claim.lostAttempts() + " times while it made this video."));
        }
        String pair = job.request().pair();
        return workshop.catalog()
                .find(pair)
                .orElseThrow(
                        () -> failing(new Failure("model_not_found", "The model '" + pair + "' is no longer served.")));
    }

    /** Ends the run if somebody wants that. */
    private void check() {
        if (shuttingDown.getAsBoolean()) {
            throw ending(Outcome.STOPPED);
        }
        if (cancelled) {
            throw failing(CANCELLED);
        }
        if (job.isLate(workshop.clock().checked())) {
            throw failing(LATE);
        }
    }

    private RunEnded failing(Failure failure) {
        decided = failure;
        return ending(Outcome.FINISHED);
    }

    private RunEnded ending(Outcome outcome) {
        ending = outcome;
        return new RunEnded();
    }

    private void writeProgress(int percent) {
        Standing standing;
        boolean makesRoom;
        try {
            standing = workshop.repository().progress(id, attempt, percent);
            makesRoom = hasToMakeRoom();
        } catch (Jdbc.DatabaseException e) {
            // The video is worth more than its progress: what matters is whether its end can be written.
            LOG.log(System.Logger.Level.WARNING, "The progress of " + id + " could not be written", e);
            return;
        }
        endUnlessCurrent(standing);
        if (makesRoom) {
            LOG.log(System.Logger.Level.INFO, "Video {0} makes room for a more urgent one", id);
            throw ending(Outcome.STOPPED);
        }
    }

    private boolean hasToMakeRoom() {
        Instant since = workshop.now().minus(workshop.settings().pollInterval().multipliedBy(2));
        return workshop.precedence()
                .hasToMakeRoom(
                        job,
                        claim.place(),
                        workshop.tasks(),
                        workshop.settings().runningLimit(),
                        since);
    }

    private void endUnlessCurrent(Standing standing) {
        switch (standing) {
            case CURRENT -> {}
            case CANCELLED -> {
                cancelled = true;
                throw failing(CANCELLED);
            }
            case LOST -> throw ending(Outcome.LOST);
        }
    }

    /** @return seconds that encoding took */
    private double store(GeneratedVideo video) throws IOException {
        long start = System.nanoTime();
        Path staging = workshop.artifacts().stage(id, attempt);
        Map<String, String> metadata = VideoMetadata.of(job.request(), video.report());
        for (Artifact artifact : Artifact.values()) {
            check();
            encode(artifact, video, metadata, staging);
        }
        check();
        ArtifactStore.Stored stored = workshop.artifacts().publish(id, attempt);
        double seconds = (System.nanoTime() - start) / NANOS;
        VideoReport report = withStages(video.report(), seconds);
        Instant now = workshop.now();
        Instant expiresAt = now.plus(workshop.settings().retention());
        Standing standing =
                persistently(() -> workshop.repository().complete(id, attempt, report, stored, now, expiresAt));
        if (standing != Standing.CURRENT) {
            workshop.artifacts().delete(id);
            endUnlessCurrent(standing);
        }
        job = job.completed(report, now, expiresAt);
        workshop.tell(observer -> observer.finished(job));
        return seconds;
    }

    /** A video that is made is not lost to a database that is away for a moment. */
    private Standing persistently(Supplier<Standing> write) {
        for (Duration wait = FIRST_WAIT; ; wait = wait.multipliedBy(2)) {
            try {
                return write.get();
            } catch (Jdbc.DatabaseException e) {
                if (shuttingDown.getAsBoolean() || wait.compareTo(LAST_WAIT) > 0) {
                    throw e;
                }
                LOG.log(System.Logger.Level.WARNING, "The end of {0} could not be written, trying again", id);
                pause(wait);
            }
        }
    }

    private static void pause(Duration wait) {
        try {
            TimeUnit.MILLISECONDS.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void encode(Artifact artifact, GeneratedVideo video, Map<String, String> metadata, Path staging)
            throws IOException {
        VideoEncoder encoder = workshop.encoders().get(artifact);
        if (encoder == null) {
            throw new IllegalStateException("no encoder for " + artifact);
        }
        Path target = staging.resolve(artifact.fileName());
        try {
            encoder.encode(video.frames(), job.request().fps(), metadata, target);
        } catch (RuntimeException e) {
            throw new IOException("the encoder of " + artifact + " failed", e);
        }
    }

    /** The report with what only the queue knows: seconds of waiting and of encoding. */
    private VideoReport withStages(VideoReport made, double encodeSeconds) {
        Map<String, Double> stages = new LinkedHashMap<>();
        Duration queue = Duration.between(job.createdAt(), job.startedAt().orElse(job.createdAt()));
        stages.put("queue", Math.max(0, queue.toNanos()) / NANOS);
        stages.putAll(made.stageSeconds());
        stages.put("encode", encodeSeconds);
        return new VideoReport(
                made.trace(),
                made.pairState(),
                made.promise(),
                made.predictedDeviation(),
                stages,
                made.flops(),
                made.largeOnlyFlops(),
                made.speedup(),
                made.peakMemoryBytes());
    }

    private Outcome end(Throwable thrown) {
        if (shuttingDown.getAsBoolean()) {
            // An interrupt that is still set would close the database's file under the next statement.
            Thread.interrupted();
            if (ending == null) {
                // Being stopped can break a run in many ways; the next start makes it again.
                ending = Outcome.STOPPED;
            }
        }
        if (ending == Outcome.STOPPED || ending == Outcome.LOST) {
            return ending;
        }
        Failure failure = decided == null ? failure(thrown) : decided;
        // Before the end is told: who sees the job FAILED finds nothing half-written.
        discard();
        Instant now = workshop.now();
        Instant expiresAt = now.plus(workshop.settings().retention());
        Trace made = new Trace(steps);
        persistently(() -> {
            workshop.repository().fail(id, attempt, failure, made, now, expiresAt);
            return Standing.CURRENT;
        });
        job = job.failed(failure, made, now, expiresAt);
        workshop.tell(observer -> observer.finished(job));
        return Outcome.FINISHED;
    }

    private Failure failure(Throwable thrown) {
        LOG.log(System.Logger.Level.WARNING, "Video " + id + " failed", thrown);
        if (thrown instanceof GenerationFailedException e) {
            return new Failure(e.code(), message(e));
        }
        if (thrown instanceof InvalidRequestException e) {
            return new Failure("invalid_request", message(e));
        }
        if (thrown instanceof IOException e) {
            return StorageFailedException.saysFull(e) || workshop.isShortOfSpace()
                    ? new Failure("storage_full", "The server has no space left to store the video.")
                    : new Failure("artifact_write_failed", "The video could not be encoded and stored.");
        }
        return new Failure("internal_error", "The video could not be made because of an internal error.");
    }

    private static String message(RuntimeException e) {
        return Optional.ofNullable(e.getMessage()).orElse("The video could not be made.");
    }

    private void discard() {
        try {
            workshop.artifacts().discard(id, attempt);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "Unfinished files of " + id + " are left for the next start", e);
        }
    }

    /** Carries the end of an attempt to where it is written down; never through the pipeline. */
    private static final class RunEnded extends RuntimeException {
        RunEnded() {
            super("the run was ended", null, false, false);
        }
    }
}
