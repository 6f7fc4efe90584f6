package io.flowblend.api.observe;

import io.flowblend.control.Fallback;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * One line a video, as {@code key=value}, when it is finished. Prompts are the clients' and stay out of it.
 */
public final class VideoLog implements JobObserver {
    private static final Logger LOG = Logger.getLogger(VideoLog.class);

    @Override
    public void finished(VideoJob job) {
        LOG.info(line(job));
    }

    static String line(VideoJob job) {
        Optional<VideoReport> report = job.report();
        String speedup = report.filter(r -> r.speedup().isPresent())
                .map(r -> String.format(Locale.ROOT, "%.2f", r.speedup().getAsDouble()))
                .orElse("none");
        String fallback = report.flatMap(r -> r.trace().fallback())
                .map(Fallback::cause)
                .map(cause -> cause.name().toLowerCase(Locale.ROOT))
                .orElse("none");
        String seconds = job.inferenceTime()
                .map(Duration::toMillis)
                .map(millis -> String.format(Locale.ROOT, "%.3f", millis / 1000.0))
                .orElse("none");
        return "video id=" + job.id()
                + " owner=" + job.owner()
                + " pair=" + job.request().pair()
                + " status=" + job.status().name().toLowerCase(Locale.ROOT)
                + " error=" + job.failure().map(VideoJob.Failure::code).orElse("none")
                + " schedule="
                + job.trace()
                        .map(Trace::schedule)
                        .filter(made -> !made.isEmpty())
                        .orElse("none")
                + " speedup=" + speedup
                + " fallback=" + fallback
                + " seconds=" + seconds
                + " request_id=" + job.requestId().orElse("none");
    }
}
