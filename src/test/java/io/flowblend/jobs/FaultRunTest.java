package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.agroal.api.AgroalDataSource;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoMetadata;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two worker processes on one PostgreSQL server; what they are in the middle of is taken from them. */
@ExtendWith(OnPostgres.class)
class FaultRunTest {
    private static final int STEPS = 40;
    private static final int MIDDLE = 8;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final List<Process> workers = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private AgroalDataSource database;

    @SuppressWarnings("NullAway.Init")
    private DurableVideoJobs jobs;

    @BeforeEach
    void open() throws IOException {
        database = DatabaseFile.open(folder);
        catalog = FaultWorker.catalog(folder);
        jobs = FaultWorker.jobs(folder, database, catalog, false);
        workers.add(FaultWorker.start(folder));
        workers.add(FaultWorker.start(folder));
    }

    @AfterEach
    void close() throws InterruptedException {
        for (Process worker : workers) {
            worker.destroyForcibly().waitFor();
        }
        jobs.close();
        database.close();
        catalog.close();
    }

    @Test
    void aVideoIsMadeOnceAndWithTheSameBytesThoughItsWorkerIsKilled() throws Exception {
        VideoRequest request = request("a red seven moves left fast", 0.3);
        byte[] undisturbed = undisturbed(request);
        VideoJob job = submit(request);
        Service.await(() -> checkpoint(job) >= MIDDLE);
        long killed = worker(job);
        for (Process worker : workers) {
            if (worker.pid() == killed) {
                worker.destroyForcibly().waitFor(); // SIGKILL
            }
        }
        assertEquals(Status.IN_PROGRESS, find(job).status());
        complete(job, undisturbed);
        assertEquals(1, workers.stream().filter(Process::isAlive).count());
        assertEquals(1, count("select lost_attempts from video_jobs"));

        VideoRequest another = request("a blue two moves up slowly", 1);
        byte[] expected = undisturbed(another);
        VideoJob second = submit(another);
        Service.await(() -> checkpoint(second) >= MIDDLE);
        OnPostgres.server().orElseThrow().cutConnections();
        complete(second, expected);
        Service.await(() -> count("select count(*) from scheduled_tasks where task_name like 'video%'") == 0);
    }

    private VideoRequest request(String prompt, double quality) {
        return pipeline()
                .resolve(VideoOptions.of(prompt).withSteps(STEPS).withSeed(5).withQuality(quality));
    }

    private VideoPipeline pipeline() {
        return catalog.find(BuiltInPair.ID).orElseThrow();
    }

    private byte[] undisturbed(VideoRequest request) throws IOException {
        GeneratedVideo video =
                pipeline().generate(request, PipelineListener.NONE).orElseThrow();
        Path file = folder.resolve("undisturbed.mp4");
        Objects.requireNonNull(FaultWorker.ENCODERS.get(Artifact.VIDEO))
                .encode(video.frames(), request.fps(), VideoMetadata.of(request, video.report()), file);
        return Files.readAllBytes(file);
    }

    private VideoJob submit(VideoRequest request) {
        return jobs.submit(
                new Submission("alice", request, List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private VideoJob find(VideoJob job) {
        return jobs.find("alice", job.id()).orElseThrow();
    }

    private void complete(VideoJob job, byte[] expected) throws Exception {
        Service.await(() -> isFinal(job));
        VideoJob done = find(job);
        assertEquals(Status.COMPLETED, done.status());
        Path file = jobs.artifact(done, Artifact.VIDEO).orElseThrow();
        assertArrayEquals(expected, Files.readAllBytes(file));
        String sha256 = new Jdbc(database)
                .query(row -> row.getString("sha256"), "select sha256 from video_jobs where id = ?", job.id())
                .get(0);
        try (var in = Files.newInputStream(file)) {
            assertEquals(Sha256.hex(in), sha256);
        }
        Service.await(() -> checkpoint(job) == 0);
        assertEquals(0, jobs.orphans());
    }

    private boolean isFinal(VideoJob job) {
        try {
            return find(job).isFinal();
        } catch (StorageFailedException e) {
            return false; // the connections of this process were cut too
        }
    }

    /** Process id of the worker that makes the video. */
    private long worker(VideoJob job) {
        String name = new Jdbc(database)
                .query(
                        row -> row.getString("picked_by"),
                        "select picked_by from scheduled_tasks where task_instance = ?",
                        job.id())
                .get(0);
        return Long.parseLong(name.substring(name.lastIndexOf(' ') + 1));
    }

    private int count(String sql) {
        return new Jdbc(database).query(row -> row.getInt(1), sql).get(0);
    }

    /** The step that the newest checkpoint stands before; 0 without one. */
    private int checkpoint(VideoJob job) {
        Path checkpoints = folder.resolve("artifacts/.checkpoints").resolve(job.id());
        if (!Files.exists(checkpoints)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(checkpoints)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith("step-"))
                    .mapToInt(name -> Integer.parseInt(name.substring("step-".length())))
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
