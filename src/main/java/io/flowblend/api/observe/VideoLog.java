package io.flowblend.api.observe;

import io.flowblend.control.Fallback;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.VideoReport;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * One line a video, as {@code key=value}, when it is finished. Prompts are the clients' and stay out of it. The id of
 * the request that a video came with is known to the process that took it, until it restarts.
 */
public final class VideoLog implements JobObserver {
    private static final Logger LOG = Logger.getLogger(VideoLog.class);
    private static final int REMEMBERED = 10_000;

    private final Map<String, String> requestIds = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    });

    /** Remembers which request a video came with. */
    public void submitted(VideoJob job, String requestId) {
        requestIds.putIfAbsent(job.id(), requestId);
    }

    @Override
    public void finished(VideoJob job) {
        LOG.info(line(job, Optional.ofNullable(requestIds.remove(job.id()))));
    }

    static String line(VideoJob job, Optional<String> requestId) {
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
                + " schedule=" + report.map(r -> r.trace().schedule()).orElse("none")
                + " speedup=" + speedup
                + " fallback=" + fallback
                + " seconds=" + seconds
                + " request_id=" + requestId.orElse("none");
    }
}
