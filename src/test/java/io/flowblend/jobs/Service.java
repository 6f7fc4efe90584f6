package io.flowblend.jobs;

import io.agroal.api.AgroalDataSource;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.video.FrameRate;
import io.flowblend.video.Frames;
import io.flowblend.video.VideoEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A running queue over a database file and a folder, which can be closed or killed and opened again. */
final class Service implements AutoCloseable {
    static final String OWNER = "alice";
    static final String REQUEST_ID = "request-1";

    final SteppedPipeline pipeline;
    final MovableClock clock;
    final Ears ears = new Ears();
    final Map<Artifact, VideoEncoder> encoders = new ConcurrentHashMap<>();
    final Path artifacts;
    final DurableVideoJobs jobs;
    private final JobClock jobClock;
    private final AgroalDataSource pool;
    private volatile boolean cut;

    private Service(
            Path folder,
            Path artifacts,
            JobSettings settings,
            WorkerSettings worker,
            SteppedPipeline pipeline,
            MovableClock clock) {
        this.pipeline = pipeline;
        this.clock = clock;
        this.artifacts = artifacts;
        this.pool = DatabaseFile.open(folder);
        for (Artifact artifact : Artifact.values()) {
            encoders.put(artifact, Service::encode);
        }
        Map<Artifact, VideoEncoder> late = new EnumMap<>(Artifact.class);
        for (Artifact artifact : Artifact.values()) {
            late.put(artifact, (frames, fps, metadata, target) -> encoder(artifact)
                    .encode(frames, fps, metadata, target));
        }
        this.jobClock = new JobClock(clock, clock::nanos);
        this.jobs =
                new DurableVideoJobs(cuttable(), pipeline, artifacts, settings, worker, jobClock, ears, late, () -> {});
    }

    static final JobSettings QUICK = new JobSettings(
            20,
            0,
            0,
            Duration.ofDays(1),
            Duration.ofMillis(150),
            Duration.ofMillis(50),
            Duration.ofSeconds(10),
            0,
            false);

    static Service open(Path folder) {
        return open(folder, QUICK);
    }

    static Service open(Path folder, JobSettings settings) {
        return open(folder, folder.resolve("artifacts"), settings);
    }

    static Service open(Path folder, Path artifacts, JobSettings settings) {
        return open(folder, artifacts, settings, new SteppedPipeline());
    }

    static Service open(Path folder, Path artifacts, JobSettings settings, SteppedPipeline pipeline) {
        return open(folder, artifacts, settings, pipeline, new MovableClock());
    }

    static Service open(
            Path folder, Path artifacts, JobSettings settings, SteppedPipeline pipeline, MovableClock clock) {
        return open(folder, artifacts, settings, WorkerSettings.DEFAULTS, pipeline, clock);
    }

    static Service open(Path folder, WorkerSettings worker, SteppedPipeline pipeline) {
        return open(folder, folder.resolve("artifacts"), QUICK, worker, pipeline, new MovableClock());
    }

    static Service open(Path folder, JobSettings settings, WorkerSettings worker, SteppedPipeline pipeline) {
        return open(folder, folder.resolve("artifacts"), settings, worker, pipeline, new MovableClock());
    }

    private static Service open(
            Path folder,
            Path artifacts,
            JobSettings settings,
            WorkerSettings worker,
            SteppedPipeline pipeline,
            MovableClock clock) {
        Service service = new Service(folder, artifacts, settings, worker, pipeline, clock);
        try {
            service.jobs.start();
        } catch (RuntimeException e) {
            service.close();
            throw e;
        }
        return service;
    }

    VideoJob submit(String prompt) {
        return submit(SteppedPipeline.request(prompt), Optional.empty());
    }

    VideoJob submit(VideoRequest request, Optional<Submission.Idempotency> idempotency) {
        return jobs.submit(
                new Submission(OWNER, request, List.of(), Optional.empty(), idempotency, Optional.of(REQUEST_ID)));
    }

    VideoJob get(VideoJob job) {
        return jobs.find(job.owner(), job.id()).orElseThrow();
    }

    VideoJob awaitEnd(VideoJob job) throws InterruptedException {
        await(() -> get(job).isFinal());
        return get(job);
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not happen");
            }
            Thread.sleep(5);
        }
    }

    VideoJob submit(String owner, String prompt, int priority) {
        return submit(owner, prompt, priority, Optional.empty());
    }

    VideoJob submit(String owner, String prompt, int priority, Optional<Duration> within) {
        return jobs.submit(new Submission(
                owner,
                SteppedPipeline.request(prompt),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                priority,
                within,
                Optional.empty(),
                Optional.empty()));
    }

    /** Ids of the videos that have checkpoints. */
    List<String> checkpoints() throws IOException {
        Path folder = artifacts.resolve(".checkpoints");
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    /** Names of all that lies in the folder for artifacts, apart from checkpoints. */
    List<String> files() {
        try (Stream<Path> files = Files.list(artifacts)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals(StoreIdentity.FILE))
                    .filter(name -> !name.equals(".checkpoints"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The table, as another process would see it. */
    JobRepository repository() {
        return new JobRepository(pool);
    }

    /** Does what is done every minute. */
    void look() {
        new Retention(repository(), new ArtifactStore(artifacts), jobClock, 0).look();
    }

    RecentPrompts recentPrompts() {
        return new RecentPrompts(pool);
    }

    /** Runs a statement as another process would. */
    void sql(String statement) {
        new Jdbc(pool).update(statement);
    }

    private VideoEncoder encoder(Artifact artifact) {
        VideoEncoder encoder = encoders.get(artifact);
        if (encoder == null) {
            throw new AssertionError(artifact);
        }
        return encoder;
    }

    static void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        Files.write(target, frames.rgb());
    }

    /** From now on nothing that the queue does reaches the database. */
    void cut() {
        cut = true;
    }

    /** As a power cut, as far as the database can tell. */
    void kill() {
        cut();
        pipeline.release();
        jobs.close();
        pool.close();
    }

    @Override
    public void close() {
        pipeline.release();
        jobs.close();
        pool.close();
    }

    /** Closes while a step is held, as a shutdown in the middle of a video does. */
    void closeBetweenSteps() throws InterruptedException {
        Thread closing = new Thread(jobs::close);
        closing.start();
        await(() -> closing.getState() == Thread.State.TIMED_WAITING);
        pipeline.letGo(1);
        closing.join();
        pool.close();
    }

    private DataSource cuttable() {
        return (DataSource) Proxy.newProxyInstance(
                Service.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (cut) {
                        throw new SQLException("the power is off");
                    }
                    return method.invoke(pool, arguments);
                });
    }

    /** System time, moved. */
    static final class MovableClock extends Clock {
        private volatile Duration passed = Duration.ZERO;
        private volatile Duration stepped = Duration.ZERO;

        /** Time passes. */
        void advance(Duration by) {
            passed = passed.plus(by);
        }

        /** Somebody puts the clock forward or back; no time passes. */
        void step(Duration by) {
            stepped = stepped.plus(by);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(passed).plus(stepped);
        }

        long nanos() {
            return System.nanoTime() + passed.toNanos();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** Remembers what it heard. */
    static final class Ears implements JobObserver {
        final List<String> heard = new CopyOnWriteArrayList<>();

        /** Fails whenever it hears something. */
        volatile boolean deaf;

        @Override
        public void started(VideoJob job) {
            note("started " + job.status());
        }

        @Override
        public void resumed(VideoJob job, List<StepRecord> made) {
            note("resumed at " + made.size());
        }

        @Override
        public void step(VideoJob job, StepRecord step) {
            note("step " + step.step().index() + " at " + job.progress());
        }

        @Override
        public void finished(VideoJob job) {
            note("finished " + job.status());
        }

        private void note(String news) {
            if (deaf) {
                throw new IllegalStateException("deaf");
            }
            heard.add(news);
        }
    }
}
