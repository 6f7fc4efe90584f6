package io.flowblend.learning;

import io.flowblend.calibration.Audit;
import io.flowblend.calibration.Conditions;
import io.flowblend.calibration.RequestReadings;
import io.flowblend.calibration.TwinRun;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.sampling.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What videos and rehearsals teach, in the words of {@code calibration}. */
public final class Lessons {
    /** Two latents further apart than this, or not finite, are as unlike as can be said. */
    private static final double MOST_DEVIATION = 100;

    private Lessons() {}

    /** The probes of a rehearsal. */
    public static RequestReadings readings(Conditions conditions, Rehearsal.Result result, long at) {
        List<RequestReadings.Probe> probes = result.probes().stream()
                .map(probe -> new RequestReadings.Probe(probe.step().sigma(), probe.divergence()))
                .toList();
        return new RequestReadings(conditions, 1, result.sigmas(), probes, at);
    }

    /** The replays of a probed rehearsal; one without SMALL steps, or in which SMALL failed, says nothing. */
    public static List<TwinRun> twins(Conditions conditions, Rehearsal.Result result, long at) {
        double[] relativeL2 = new double[result.sigmas().size() - 1];
        Arrays.fill(relativeL2, Double.NaN);
        result.probes()
                .forEach(probe -> relativeL2[probe.step().index()] =
                        Math.min(MOST_DEVIATION, probe.divergence().relativeL2()));
        List<TwinRun> twins = new ArrayList<>();
        for (Rehearsal.Replay replay : result.replays()) {
            List<TwinRun.SmallStep> small = small(replay.letters(), result.sigmas(), relativeL2);
            boolean measured = small.stream().noneMatch(step -> Double.isNaN(step.relativeL2()));
            if (replay.deviation().isPresent() && !small.isEmpty() && measured) {
                twins.add(new TwinRun(
                        conditions, small, bounded(replay.deviation().getAsDouble()), at));
            }
        }
        return twins;
    }

    private static List<TwinRun.SmallStep> small(String letters, List<Double> sigmas, double[] relativeL2) {
        List<TwinRun.SmallStep> small = new ArrayList<>();
        for (int step = 0; step < letters.length(); step++) {
            if (letters.charAt(step) == 'S') {
                small.add(new TwinRun.SmallStep(sigmas.get(step), sigmas.get(step + 1), relativeL2[step]));
            }
        }
        return small;
    }

    /**
     * The schedule by which {@link VideoPipeline#rehearse} makes a finished video again, bit for bit on the same build and
     * device: the same velocities advance the same steps.
     */
    public static String again(Trace trace) {
        return trace.schedule().replace('P', 'L');
    }

    /**
     * What became of a promise; empty if nothing was promised, or nothing was SMALL, which cannot fail.
     *
     * @param rehearsed of {@link #again} alone
     */
    public static Optional<Audit> audit(
            Conditions conditions, VideoReport report, Rehearsal.Result rehearsed, long at) {
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
                && report.trace().count('S') > 0;
    }

    /** A deviation that can be learned from. */
    public static double bounded(double deviation) {
        return Double.isFinite(deviation) ? Math.min(MOST_DEVIATION, deviation) : MOST_DEVIATION;
    }
}
