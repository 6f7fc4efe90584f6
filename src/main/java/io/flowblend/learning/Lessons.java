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
import java.util.stream.IntStream;

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
        return new RequestReadings(
                conditions, 1, result.sigmas(), probes, changes(result.sigmas(), result.changes()), at);
    }

    /** The replays of a probed rehearsal; one that is LARGE throughout, or in which SMALL failed, says nothing. */
    public static List<TwinRun> twins(Conditions conditions, Rehearsal.Result result, long at) {
        double[] relativeL2 = new double[result.sigmas().size() - 1];
        Arrays.fill(relativeL2, Double.NaN);
        result.probes()
                .forEach(probe -> relativeL2[probe.step().index()] =
                        Math.min(MOST_DEVIATION, probe.divergence().relativeL2()));
        List<TwinRun> twins = new ArrayList<>();
        for (Rehearsal.Replay replay : result.replays()) {
            List<TwinRun.CheapStep> cheap = cheap(replay.letters(), result.sigmas(), relativeL2, result.changes());
            if (replay.deviation().isPresent() && !cheap.isEmpty()) {
                twins.add(new TwinRun(
                        conditions, cheap, bounded(replay.deviation().getAsDouble()), at));
            }
        }
        return twins;
    }

    /** The changes between neighbouring steps of a LARGE run. */
    static List<RequestReadings.Change> changes(List<Double> sigmas, List<Double> changes) {
        return IntStream.range(1, changes.size())
                .mapToObj(step -> new RequestReadings.Change(
                        sigmas.get(step - 1), sigmas.get(step), Math.min(MOST_DEVIATION, changes.get(step))))
                .toList();
    }

    /**
     * The steps of a replay that LARGE did not make, with what was measured there along the LARGE run; empty if a SMALL one
     * was not measured, or a velocity of SMALL was carried on, of which nothing is known.
     *
     * @param relativeL2 divergence by step, NaN where there was none
     * @param changes of LARGE's velocity by step
     */
    static List<TwinRun.CheapStep> cheap(
            String letters, List<Double> sigmas, double[] relativeL2, List<Double> changes) {
        List<TwinRun.CheapStep> cheap = new ArrayList<>();
        double since = 0;
        boolean bySmall = false;
        for (int step = 0; step < letters.length(); step++) {
            char letter = letters.charAt(step);
            boolean reused = letter == 'R';
            since = reused ? since + changes.get(step) : 0;
            bySmall = reused ? bySmall : letter == 'S';
            double size = reused ? since : relativeL2[step];
            if (letter != 'L') {
                if (Double.isNaN(size) || (reused && bySmall)) {
                    return List.of();
                }
                cheap.add(new TwinRun.CheapStep(
                        reused, sigmas.get(step), sigmas.get(step + 1), Math.min(MOST_DEVIATION, size)));
            }
        }
        return cheap;
    }

    /**
     * The schedule by which {@link VideoPipeline#rehearse} makes a finished video again, bit for bit on the same build and
     * device: the same velocities advance the same steps.
     */
    public static String again(Trace trace) {
        return trace.schedule().replace('P', 'L');
    }

    /**
     * What became of a promise; empty if nothing was promised, or all was LARGE, which cannot fail.
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
                && report.trace().count('S') + report.trace().count('R') > 0;
    }

    /** A deviation that can be learned from. */
    public static double bounded(double deviation) {
        return Double.isFinite(deviation) ? Math.min(MOST_DEVIATION, deviation) : MOST_DEVIATION;
    }
}
