package io.flowblend.jobs;

import io.flowblend.jobs.VideoJobs.Artifact;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.video.VideoEncoder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What every run works with.
 *
 * @param tasks names of the tasks that this process can make
 */
record JobContext(
        PipelineCatalog catalog,
        List<String> tasks,
        Map<Artifact, VideoEncoder> encoders,
        JobRepository repository,
        QueueEntries entries,
        JobReader reader,
        Precedence precedence,
        ArtifactStore artifacts,
        PreviewBoard previews,
        JobSettings settings,
        WorkerSettings worker,
        JobClock clock,
        JobObserver observer) {
    private static final System.Logger LOG = System.getLogger(JobContext.class.getName());

    /** The time, as exact as the database keeps it. */
    Instant now() {
        return clock.now();
    }

    /** Name of the task of the videos of {@code pair}. */
    String task(String pair) {
        return catalog.find(pair)
                .map(served -> Place.task(pair, served.fingerprint()))
                .filter(tasks::contains)
                .orElse(Place.ANY_WORKER);
    }

    boolean isShortOfSpace() {
        return artifacts.free() < settings.minFreeBytes();
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
