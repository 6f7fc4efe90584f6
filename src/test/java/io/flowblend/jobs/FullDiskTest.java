package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.flowblend.jobs.VideoJob.Status;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.video.VideoEncoder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.h2.Driver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full closes an H2 database; the pool is that of the service, with its settings. */
class FullDiskTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final SteppedPipeline pipeline = new SteppedPipeline();

    @SuppressWarnings("NullAway.Init")
    private AgroalDataSource database;

    @SuppressWarnings("NullAway.Init")
    private DurableVideoJobs jobs;

    @BeforeEach
    void open() throws Exception {
        FillingDisk.register();
        database = AgroalDataSource.from(
                new AgroalDataSourceConfigurationSupplier().connectionPoolConfiguration(pool -> pool.maxSize(4)
                        .acquisitionTimeout(Duration.ofSeconds(5))
                        .validateOnBorrow(true)
                        .connectionValidator(io.agroal.api.configuration.AgroalConnectionPoolConfiguration
                                .ConnectionValidator.defaultValidator())
                        .connectionFactoryConfiguration(factory -> factory.connectionProviderClass(Driver.class)
                                .principal(new NamePrincipal("sa"))
                                .jdbcUrl("jdbc:h2:filling:" + folder.resolve("flowblend")
                                        + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;TIME ZONE=UTC"))));
        Flyway.configure().dataSource(database).load().migrate();
        Map<Artifact, VideoEncoder> encoders = new EnumMap<>(Artifact.class);
        for (Artifact artifact : Artifact.values()) {
            encoders.put(artifact, Service::encode);
        }
        jobs = new DurableVideoJobs(
                database,
                pipeline,
                folder.resolve("artifacts"),
                Service.QUICK,
                WorkerSettings.DEFAULTS,
                Clock.systemUTC(),
                JobObserver.NONE,
                encoders,
                () -> database.flush(AgroalDataSource.FlushMode.ALL));
        jobs.start();
    }

    @AfterEach
    void close() {
        FillingDisk.setFull(false);
        pipeline.release();
        jobs.close();
        database.close();
    }

    private VideoJob submit(String prompt) {
        return jobs.submit(new Submission(
                Service.OWNER,
                SteppedPipeline.request(prompt),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    @Test
    void saysThatTheDiskIsFullAndGoesOnByItselfOnceThereIsSpace() throws Exception {
        pipeline.hold();
        VideoJob accepted = submit("accepted before");
        pipeline.awaitReached(1);

        FillingDisk.setFull(true);
        assertThrows(StorageFailedException.class, () -> submit("refused"));
        assertTrue(jobs.storageProblem().isPresent());

        FillingDisk.setFull(false);
        Service.await(() -> jobs.storageProblem().isEmpty());
        pipeline.release();
        VideoJob later = submit("accepted after");
        for (VideoJob job : List.of(accepted, later)) {
            Service.await(() -> jobs.isOver(job.id()));
            assertEquals(
                    Status.COMPLETED,
                    jobs.find(Service.OWNER, job.id()).orElseThrow().status());
        }
    }
}
