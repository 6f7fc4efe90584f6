package io.flowblend.learning;

import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.TwinRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What one lesson of a calibration measured: the velocity divergence at every step of a LARGE run, and where schedules that
 * start from it end.
 *
 * @param lesson its number in the plan
 * @param fingerprint of the models that were measured
 * @param seed of the noise
 * @param conditions under what it ran
 * @param sigmas noise levels, steps + 1 of them, falling
 * @param readings one for each step on which SMALL gave a finite velocity
 * @param changes of LARGE's velocity, for each step to the one before it; 0 for the first
 * @param replays the schedules that SMALL did not fail in
 * @param at when, seconds since 1970
 * @param seconds that both models ran
 */
record MeasuredRequest(
        int lesson,
        String fingerprint,
        String prompt,
        long seed,
        Conditions conditions,
        List<Double> sigmas,
        List<Reading> readings,
        List<Double> changes,
        List<Replay> replays,
        long at,
        double seconds) {

    /** Two velocities further apart than this are as unlike as can be said. */
    private static final double MOST = 100;

    /** The velocity divergence of one step. */
    record Reading(int step, double cosine, double relativeL2, double l2) {}

    /**
     * @param pattern as it was asked for, over eighths
     * @param letters L, S or R for each step
     * @param deviation relative L2 to the latents of LARGE alone
     */
    record Replay(String pattern, String letters, double deviation) {}

    MeasuredRequest {
        sigmas = List.copyOf(sigmas);
        readings = List.copyOf(readings);
        changes = List.copyOf(changes);
        replays = List.copyOf(replays);
    }

    RequestReadings requestReadings() {
        List<RequestReadings.Probe> probes = readings.stream()
                .map(reading -> new RequestReadings.Probe(
                        sigmas.get(reading.step()),
                        new VelocityDivergence(reading.cosine(), reading.relativeL2(), reading.l2())))
                .toList();
        return new RequestReadings(conditions, 1, sigmas, probes, neighbourChanges(), at);
    }

    /** The replays that {@code wanted} takes and of which everything was measured. */
    List<TwinRun> twins(Predicate<Replay> wanted) {
        List<TwinRun> twins = new ArrayList<>();
        for (Replay replay : replays) {
            List<TwinRun.CheapStep> cheap = cheap(replay);
            if (wanted.test(replay) && !cheap.isEmpty()) {
                twins.add(new TwinRun(conditions, cheap, replay.deviation(), at));
            }
        }
        return twins;
    }

    private List<RequestReadings.Change> neighbourChanges() {
        return IntStream.range(1, changes.size())
                .mapToObj(step -> new RequestReadings.Change(
                        sigmas.get(step - 1), sigmas.get(step), Math.min(MOST, changes.get(step))))
                .toList();
    }

    /**
     * The steps of a replay that LARGE did not make, with what was measured there along the LARGE run; empty if a SMALL one
     * was not measured, or a velocity of SMALL was carried on, of which nothing is known.
     */
    List<TwinRun.CheapStep> cheap(Replay replay) {
        double[] relativeL2 = new double[sigmas.size() - 1];
        Arrays.fill(relativeL2, Double.NaN);
        readings.forEach(reading -> relativeL2[reading.step()] = reading.relativeL2());
        List<TwinRun.CheapStep> cheap = new ArrayList<>();
        double since = 0;
        boolean bySmall = false;
        for (int step = 0; step < replay.letters().length(); step++) {
            char letter = replay.letters().charAt(step);
            boolean reused = letter == 'R';
            since = reused ? since + changes.get(step) : 0;
            bySmall = reused ? bySmall : letter == 'S';
            double size = reused ? since : relativeL2[step];
            if (letter != 'L') {
                if (Double.isNaN(size) || (reused && bySmall)) {
                    return List.of();
                }
                cheap.add(new TwinRun.CheapStep(reused, sigmas.get(step), sigmas.get(step + 1), Math.min(MOST, size)));
            }
        }
        return cheap;
    }

    /** With all that was measured; learned about other models is set aside. */
    PairEvidence teach(PairEvidence known, LearningRules rules, Predicate<Replay> wanted) {
        PairEvidence after = known.boundTo(fingerprint, at).learned(requestReadings(), rules);
        for (TwinRun twin : twins(wanted)) {
            after = after.learned(twin, rules);
        }
        return after;
    }
}
