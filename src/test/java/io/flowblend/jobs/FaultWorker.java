package io.flowblend.jobs;

import io.agroal.api.AgroalDataSource;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.tuning.Profiles;
import io.flowblend.video.Mp4Encoder;
import io.flowblend.video.SpriteSheet;
import io.flowblend.video.Thumbnail;
import io.flowblend.video.VideoEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A worker in a process of its own: the built-in pair on a shared database and folder, to be killed by its id. */
final class FaultWorker {
    static final Map<Artifact, VideoEncoder> ENCODERS = Map.of(
            Artifact.VIDEO, new Mp4Encoder(),
            Artifact.THUMBNAIL, new Thumbnail(),
            Artifact.SPRITESHEET, new SpriteSheet(16));

    /** Says when it is silent within two seconds. */
    static final JobSettings SETTINGS = new JobSettings(
            100,
            0,
            0,
            Duration.ofDays(1),
            Duration.ofMillis(500),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            0,
            false);

    private FaultWorker() {}

    static Process start(Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        FaultWorker.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve("worker-" + System.nanoTime() + ".log").toFile())
                .start();
    }

    static PairCatalog catalog(Path folder) {
        return PairCatalog.open(
                folder.resolve("pairs"),
                Optional.empty(),
                Profiles.open(Optional.empty(), "balanced"),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
    }

    static DurableVideoJobs jobs(Path folder, AgroalDataSource database, PairCatalog catalog, boolean works) {
        DurableVideoJobs jobs = new DurableVideoJobs(
                database,
                catalog,
                folder.resolve("artifacts"),
                SETTINGS,
                new WorkerSettings(works, true, 1, 1, 0),
                Clock.systemUTC(),
                JobObserver.NONE,
                ENCODERS,
                () -> database.flush(AgroalDataSource.FlushMode.ALL));
        jobs.start();
        return jobs;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        try (PairCatalog catalog = catalog(folder);
                AgroalDataSource database = DatabaseFile.open(folder);
                DurableVideoJobs jobs = jobs(folder, database, catalog, true)) {
            System.out.println("works " + jobs.isBusy());
            Thread.sleep(Duration.ofMinutes(5).toMillis());
        }
    }
}
