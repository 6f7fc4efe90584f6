package io.flowblend.jobs;

import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.video.VideoEncoder;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.Consumer;

/** What every run works with. */
record JobContext(
        PipelineCatalog catalog,
        Map<Artifact, VideoEncoder> encoders,
        JobRepository repository,
        ArtifactStore artifacts,
        JobSettings settings,
        Clock clock,
        JobObserver observer) {
    private static final System.Logger LOG = System.getLogger(JobContext.class.getName());

    /** The time, as exact as the database keeps it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** An observer that fails does no harm to the job. */
    void tell(Consumer<JobObserver> news) {
        try {
            news.accept(observer);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "The observer of jobs failed", e);
        }
    }
}
