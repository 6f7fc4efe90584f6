package io.flowblend.api.observe;

import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoQueue;
import io.flowblend.sampling.StepRecord;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;

/** Everything that is measured about videos, in one place. All names begin with {@code flowblend}. */
public final class VideoMetrics implements JobObserver {
    /** Upper bounds of the histogram of relative L2 velocity divergences. */
    private static final double[] DIVERGENCE_BOUNDS = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.5};

    private static final double NANOS = 1e9;

    private final MeterRegistry registry;

    public VideoMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows how full {@code queue} is. */
    public void watch(VideoQueue queue) {
        Gauge.builder("flowblend.queue.length", queue, VideoQueue::length)
                .description("Videos that wait")
                .register(registry);
        Gauge.builder("flowblend.queue.oldest.wait", queue, q -> q.oldestWait().toMillis() / 1000.0)
                .description("How long the video that has waited longest has waited")
                .baseUnit("seconds")
                .register(registry);
        FunctionCounter.builder("flowblend.orphans", queue, VideoQueue::orphans)
                .description("Files and folders that belonged to no video and were cleaned up")
                .register(registry);
    }

    @Override
    public void started(VideoJob job) {
        job.startedAt().ifPresent(start -> Timer.builder("flowblend.queue.wait")
                .description("Time from submission to start")
                .register(registry)
                .record(notNegative(Duration.between(job.createdAt(), start))));
    }

    @Override
    public void step(VideoJob job, StepRecord step) {
        String pair = job.request().pair();
        Counter.builder("flowblend.steps")
                .description(
                        "Solver steps by the source of the velocity that advanced them and the reason of the decision")
                .tag("pair", pair)
                .tag("source", word(step.decision().move().source()))
                .tag("reason", word(step.decision().reason()))
                .register(registry)
                .increment();
        if (step.decision().move().probe()) {
            Counter.builder("flowblend.probes")
                    .description("Steps on which both models ran")
                    .tag("pair", pair)
                    .register(registry)
                    .increment();
        }
        step.divergence()
                .filter(divergence -> divergence.isFinite())
                .ifPresent(divergence -> DistributionSummary.builder("flowblend.divergence")
                        .description("Relative L2 velocity divergence on probes")
                        .tag("pair", pair)
                        .serviceLevelObjectives(DIVERGENCE_BOUNDS)
                        .register(registry)
                        .record(divergence.relativeL2()));
    }

    @Override
    public void finished(VideoJob job) {
        String pair = job.request().pair();
        Counter.builder("flowblend.videos")
                .description("Videos by how they ended")
                .tag("pair", pair)
                .tag("status", word(job.status()))
                .tag("code", job.failure().map(VideoJob.Failure::code).orElse("none"))
                .register(registry)
                .increment();
        job.report().ifPresent(report -> {
            report.stageSeconds().forEach((stage, seconds) -> stage(pair, stage, seconds));
            report.trace().fallback().ifPresent(fallback -> Counter.builder("flowblend.fallbacks")
                    .description("Requests whose controller gave up deciding")
                    .tag("pair", pair)
                    .tag("reason", word(fallback.cause()))
                    .tag("to", word(fallback.to()))
                    .register(registry)
                    .increment());
            report.speedup().ifPresent(speedup -> DistributionSummary.builder("flowblend.speedup")
                    .description("Large-only sampling time / sampling time")
                    .tag("pair", pair)
                    .register(registry)
                    .record(speedup));
        });
    }

    private void stage(String pair, String stage, double seconds) {
        Timer.builder("flowblend.stage")
                .description("Time by stage of a video")
                .tag("pair", pair)
                .tag("stage", stage)
                .register(registry)
                .record(Duration.ofNanos((long) (seconds * NANOS)));
    }

    private static Duration notNegative(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
