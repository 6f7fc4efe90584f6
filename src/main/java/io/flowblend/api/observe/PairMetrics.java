package io.flowblend.api.observe;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.jobs.JobObserver;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.VideoPipeline;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.ToDoubleFunction;

/** How the pairs stand, and what is spent on learning about them. */
public final class PairMetrics implements JobObserver {
    private static final double NANOS = 1e9;

    private final EvidenceStore calibrations;
    private final MeterRegistry registry;
    private final DoubleAdder videoSeconds = new DoubleAdder();
    private final DoubleAdder learningSeconds = new DoubleAdder();

    public PairMetrics(EvidenceStore calibrations, MeterRegistry registry) {
        this.calibrations = calibrations;
        this.registry = registry;
        compute("videos", videoSeconds);
        compute("learning", learningSeconds);
        Gauge.builder("flowblend.learning.share", this, PairMetrics::learningShare)
                .description("Share of the time that both models ran which went into learning, since the start, 0..1")
                .register(registry);
    }

    private void compute(String purpose, DoubleAdder seconds) {
        FunctionCounter.builder("flowblend.compute", seconds, DoubleAdder::sum)
                .description("Time that both models ran, by what for")
                .tag("purpose", purpose)
                .baseUnit("seconds")
                .register(registry);
    }

    /** Shows how {@code pipeline}'s pair stands. */
    public void watch(VideoPipeline pipeline) {
        String pair = pipeline.spec().id();
        for (PairState state : PairState.values()) {
            Gauge.builder("flowblend.pair.state", pipeline, p -> p.state() == state ? 1 : 0)
                    .description("1 for the state that the pair is in: cold, learning, adaptive or drifted")
                    .tag("pair", pair)
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        known(
                pair,
                "flowblend.pair.drift",
                "CUSUM statistic of the readings, highest of all buckets",
                PairMetrics::drift);
        known(
                pair,
                "flowblend.pair.audit.drift",
                "CUSUM statistic of true over predicted deviation by the audits, highest of all buckets",
                PairMetrics::auditDrift);
        known(
                pair,
                "flowblend.pair.promise.coverage",
                "Share of the audited promises that were kept, 0..1; 1 if none was audited",
                PairMetrics::coverage);
        known(
                pair,
                "flowblend.pair.promise.samples",
                "Runs made again by LARGE alone that promises are read off",
                evidence -> evidence.promises().size());
    }

    private void known(String pair, String name, String description, ToDoubleFunction<PairEvidence> value) {
        Gauge.builder(name, calibrations, store -> store.find(pair)
                        .map(value::applyAsDouble)
                        .orElse(Double.NaN))
                .description(description)
                .tag("pair", pair)
                .register(registry);
    }

    private static double drift(PairEvidence known) {
        return known.buckets().values().stream()
                .mapToDouble(BucketEvidence::readingDrift)
                .max()
                .orElse(0);
    }

    private static double auditDrift(PairEvidence known) {
        return known.buckets().values().stream()
                .mapToDouble(bucket -> bucket.auditDrift().statistic())
                .max()
                .orElse(0);
    }

    private static double coverage(PairEvidence known) {
        return known.audits().stream()
                .mapToDouble(audit -> audit.kept() ? 1 : 0)
                .average()
                .orElse(1);
    }

    /** Counts time spent on learning. */
    public void learned(long nanos) {
        learningSeconds.add(nanos / NANOS);
    }

    @Override
    public void finished(VideoJob job) {
        job.trace().ifPresent(trace -> trace.steps()
                .forEach(step -> videoSeconds.add(step.largeSeconds() + step.smallSeconds())));
    }

    private double learningShare() {
        double all = videoSeconds.sum() + learningSeconds.sum();
        return all == 0 ? 0 : learningSeconds.sum() / all;
    }
}
