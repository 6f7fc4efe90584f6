package io.flowblend.api.observe;

import io.flowblend.control.Fallback;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * One line a video, as {@code key=value}, when it is finished: what was asked, decided and made. All that is logged while it
 * is made carries its id. Prompts are the clients' and stay out of it.
 */
public final class VideoLog implements JobObserver {
    private static final Logger LOG = Logger.getLogger(VideoLog.class);
    private static final String NONE = "none";

    private final Map<String, LogFields> running = new ConcurrentHashMap<>();

    @Override
    public void started(VideoJob job) {
        running.put(job.id(), LogFields.of(job));
    }

    @Override
    public void left(VideoJob job) {
        Optional.ofNullable(running.remove(job.id())).ifPresent(LogFields::close);
    }

    @Override
    @SuppressWarnings("try") // the fields are there for the record that is written before they are closed
    public void finished(VideoJob job) {
        try (LogFields fields = LogFields.of(job)) {
            LOG.info(line(job));
        }
    }

    private static String line(VideoJob job) {
        Optional<VideoReport> report = job.report();
        Optional<Trace> trace = job.trace();
        return "video id=" + job.id()
                + " owner=" + job.owner()
                + " pair=" + job.request().pair()
                + " state=" + word(report.map(VideoReport::pairState))
                + " status=" + word(Optional.of(job.status()))
                + " error=" + job.failure().map(VideoJob.Failure::code).orElse(NONE)
                + " policy=" + job.request().policy()
                + " profile=" + job.request().profile()
                + " quality=" + job.request().quality()
                + " promised=" + number(report.map(r -> promised(r)), 3)
                + " predicted=" + number(report.map(VideoReport::predictedDeviation), 3)
                + " schedule="
                + trace.map(Trace::letters).filter(made -> !made.isEmpty()).orElse(NONE)
                + " fallback=" + word(trace.flatMap(Trace::fallback).map(Fallback::cause))
                + " speedup=" + number(report.map(VideoReport::speedup), 2)
                + " seconds="
                + number(job.inferenceTime().map(time -> OptionalDouble.of(time.toMillis() / 1000.0)), 3)
                + " request_id=" + job.requestId().orElse(NONE);
    }

    private static OptionalDouble promised(VideoReport report) {
        return report.promise()
                .map(promise -> OptionalDouble.of(promise.deviation()))
                .orElse(OptionalDouble.empty());
    }

    private static String word(Optional<? extends Enum<?>> constant) {
        return constant.map(c -> c.name().toLowerCase(Locale.ROOT)).orElse(NONE);
    }

    private static String number(Optional<OptionalDouble> value, int digits) {
        OptionalDouble number = value.orElse(OptionalDouble.empty());
        return number.isPresent() ? String.format(Locale.ROOT, "%." + digits + "f", number.getAsDouble()) : NONE;
    }
}
