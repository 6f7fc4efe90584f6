package io.flowblend.api;

import io.agroal.api.AgroalDataSource;
import io.flowblend.api.FlowBlendConfig.Role;
import io.flowblend.api.observe.PairMetrics;
import io.flowblend.api.observe.VideoLog;
import io.flowblend.api.observe.VideoMetrics;
import io.flowblend.api.observe.WarmUp;
import io.flowblend.api.security.AccessFilter;
import io.flowblend.api.security.ApiKeys;
import io.flowblend.api.security.KeyRing;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.jobs.DurableVideoJobs;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.JobSettings;
import io.flowblend.jobs.PreviewBoard;
import io.flowblend.jobs.StepJournal;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.jobs.Webhooks;
import io.flowblend.jobs.WorkerSettings;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfiles;
import io.flowblend.video.Mp4Encoder;
import io.flowblend.video.SpriteSheet;
import io.flowblend.video.Thumbnail;
import io.flowblend.video.VideoEncoder;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.InjectableInstance;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes the parts of the service from its configuration. */
@ApplicationScoped
public class Wiring {
    private static final int SPRITES = 16;
    private static final Map<Artifact, VideoEncoder> ENCODERS = Map.of(
            Artifact.VIDEO, new Mp4Encoder(),
            Artifact.THUMBNAIL, new Thumbnail(),
            Artifact.SPRITESHEET, new SpriteSheet(SPRITES));

    /** The tuning profiles; a bad one keeps the service from starting, later only from being taken over. */
    @Produces
    @Singleton
    Profiles profiles(FlowBlendConfig config) {
        Optional<Path> folder = config.profilesDirectory().or(() -> ownProfiles(config));
        return Profiles.open(folder, activeProfile(config, folder));
    }

    /** Where profiles are kept that are edited through the API; without a folder of data nothing is. */
    private static Optional<Path> ownProfiles(FlowBlendConfig config) {
        try {
            return Optional.of(Files.createDirectories(config.dataDirectory().resolve("profiles")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String activeProfile(FlowBlendConfig config, Optional<Path> folder) {
        return config.profile().orElseGet(() -> {
            Set<String> known = TuningProfiles.all(folder).keySet();
            return ConfigUtils.getProfiles().stream()
                    .filter(known::contains)
                    .findFirst()
                    .orElse("balanced");
        });
    }

    /** The database that is active, see {@link DerivedSettings}. */
    @Produces
    @Singleton
    AgroalDataSource database(
            @DataSource("h2") InjectableInstance<AgroalDataSource> file,
            @DataSource("postgresql") InjectableInstance<AgroalDataSource> server) {
        return server.getHandle().getBean().isActive() ? server.get() : file.get();
    }

    /** The pairs, loaded before the service answers, since the queue needs them from the start. */
    @Produces
    @Singleton
    PairCatalog pairs(FlowBlendConfig config, Profiles profiles, EvidenceStore calibrations, FinishedVideos finished) {
        NativeRuntime.fixThreads(config.threads());
        Hardware hardware = new Hardware(
                Optional.of(config.device()),
                Optional.of(config.smallDevice()),
                Optional.of(config.dtype()),
                Optional.empty());
        return PairCatalog.open(
                config.dataDirectory(),
                config.pairsDirectory(),
                config.lorasDirectory(),
                hardware,
                profiles,
                calibrations,
                finished);
    }

    void unload(@Disposes PairCatalog pairs) {
        pairs.close();
    }

    @Produces
    @Singleton
    WarmUp warmUp(FlowBlendConfig config, PipelineCatalog catalog) {
        return new WarmUp(catalog, config.warmUp() && config.role() != Role.API);
    }

    void warm(@Observes StartupEvent startup, WarmUp warmUp) {
        warmUp.start();
    }

    /** The queue, its worker running from the start of the service to its end. */
    @Produces
    @Startup
    @Singleton
    DurableVideoJobs videoJobs(
            FlowBlendConfig config,
            AgroalDataSource database,
            PipelineCatalog catalog,
            RunningVideos running,
            VideoWaiters waiters,
            EventStreams streams,
            StepJournal journal,
            VideoMetrics metrics,
            PairMetrics pairs,
            VideoLog log) {
        JobSettings defaults = JobSettings.DEFAULTS;
        JobSettings settings = new JobSettings(
                config.queue().limit(),
                config.queue().limitPerKey(),
                config.queue().runningPerKey(),
                config.queue().retention(),
                defaults.heartbeat(),
                defaults.pollInterval(),
                defaults.shutdownGrace(),
                config.store().minFreeSpace().asLongValue(),
                config.store().adopt());
        boolean shared = config.database().url().isPresent();
        if (config.role() != Role.ALL && !shared) {
            throw new ConfigurationException(
                    "flowblend.role=" + config.role().name().toLowerCase(Locale.ROOT)
                            + " needs a database that the processes share: set flowblend.database.url");
        }
        WorkerSettings worker = new WorkerSettings(
                config.role() != Role.API,
                shared,
                config.checkpoints().everySteps(),
                config.checkpoints().maxShare(),
                config.store().maxSize().asLongValue());
        DurableVideoJobs jobs = new DurableVideoJobs(
                database,
                catalog,
                config.store().directory().orElse(config.dataDirectory().resolve("videos")),
                settings,
                worker,
                Clock.systemUTC(),
                new All(List.of(metrics, pairs, log, running, waiters, streams, journal)),
                ENCODERS,
                () -> database.flush(AgroalDataSource.FlushMode.ALL));
        jobs.start();
        metrics.watch(jobs);
        return jobs;
    }

    /** While the database is still there. */
    void stop(@Observes ShutdownEvent shutdown, DurableVideoJobs jobs, Webhooks webhooks, WarmUp warmUp) {
        warmUp.close();
        jobs.close();
        webhooks.close();
    }

    @Produces
    @Singleton
    StepJournal stepJournal(AgroalDataSource database) {
        return new StepJournal(database);
    }

    @Produces
    @Singleton
    PreviewBoard previewBoard(AgroalDataSource database) {
        return new PreviewBoard(database);
    }

    /** Tells of the ends of videos, from the start of the service to its end. */
    @Produces
    @Startup
    @Singleton
    Webhooks webhooks(AgroalDataSource database, WebhookSender sender) {
        Webhooks webhooks = new Webhooks(database, sender, JobSettings.DEFAULTS, Clock.systemUTC());
        webhooks.start();
        return webhooks;
    }

    @Produces
    @Singleton
    VideoMetrics videoMetrics(MeterRegistry registry) {
        return new VideoMetrics(registry);
    }

    @Produces
    @Singleton
    VideoLog videoLog() {
        return new VideoLog();
    }

    @Produces
    @Singleton
    KeyRing apiKeys(FlowBlendConfig config) {
        ApiKeys keys = ApiKeys.none();
        for (Map.Entry<String, FlowBlendConfig.ApiKey> key : config.apiKeys().entrySet()) {
            String source = "flowblend.api-keys." + key.getKey();
            keys = keys.with(
                    source, key.getKey(), key.getValue().role(), key.getValue().sha256());
        }
        return KeyRing.open(keys, config.apiKeysFile());
    }

    @Produces
    @Singleton
    AccessFilter accessFilter(KeyRing keys) {
        return new AccessFilter(keys::inForce);
    }

    /** Tells each of several observers, in their order. */
    private record All(List<JobObserver> observers) implements JobObserver {
        @Override
        public void started(VideoJob job) {
            observers.forEach(observer -> observer.started(job));
        }

        @Override
        public void resumed(VideoJob job, List<StepRecord> made) {
            observers.forEach(observer -> observer.resumed(job, made));
        }

        @Override
        public void step(VideoJob job, StepRecord step) {
            observers.forEach(observer -> observer.step(job, step));
        }

        @Override
        public void left(VideoJob job) {
            observers.forEach(observer -> observer.left(job));
        }

        @Override
        public void finished(VideoJob job) {
            observers.forEach(observer -> observer.finished(job));
        }
    }
}
