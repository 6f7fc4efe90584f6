package io.flowblend.learning;

import io.flowblend.evidence.Audit;
import io.flowblend.evidence.Conditions;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.util.Optional;
import java.util.OptionalDouble;

/** Finished videos, made again by LARGE alone to see whether their promise was kept. */
final class Audits {
    /** Two latents further apart than this, or not finite, are as unlike as can be said. */
    private static final double MOST_DEVIATION = 100;

    private Audits() {}

    /**
     * The schedule by which {@link VideoPipeline#rehearse} makes a finished video again, bit for bit on the same build and
     * device: the same velocities advance the same steps.
     */
    static String again(Trace trace) {
        return trace.schedule().replace('P', 'L');
    }

    /**
     * What became of a promise; empty if nothing was promised, or all was LARGE, which cannot fail.
     *
     * @param rehearsed of {@link #again} alone
     */
    static Optional<Audit> audit(Conditions conditions, VideoReport report, Rehearsal.Result rehearsed, long at) {
        OptionalDouble actual = rehearsed.replays().get(0).deviation();
        if (!auditable(report) || actual.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Audit(
                conditions,
                report.promisedDeviation().orElseThrow(),
                report.predictedDeviation().orElseThrow(),
                bounded(actual.getAsDouble()),
                at));
    }

    /** Whether something was promised of a video that could fail. */
    static boolean auditable(VideoReport report) {
        return report.promisedDeviation().orElse(0) > 0
                && report.predictedDeviation().orElse(0) > 0
                && report.trace().count('S') + report.trace().count('R') > 0;
    }

    /** A deviation that can be learned from. */
    static double bounded(double deviation) {
        return Double.isFinite(deviation) ? Math.min(MOST_DEVIATION, deviation) : MOST_DEVIATION;
    }
}
