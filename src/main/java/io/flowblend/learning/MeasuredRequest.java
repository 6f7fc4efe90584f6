package io.flowblend.learning;

import io.flowblend.calibration.Conditions;
import io.flowblend.calibration.LearningRules;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.calibration.RequestReadings;
import io.flowblend.calibration.TwinRun;
import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

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
        return new RequestReadings(conditions, 1, sigmas, probes, Lessons.changes(sigmas, changes), at);
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

    /** The steps of a replay that LARGE did not make; empty if not all of them were measured. */
    List<TwinRun.CheapStep> cheap(Replay replay) {
        double[] relativeL2 = new double[sigmas.size() - 1];
        Arrays.fill(relativeL2, Double.NaN);
        readings.forEach(reading -> relativeL2[reading.step()] = reading.relativeL2());
        return Lessons.cheap(replay.letters(), sigmas, relativeL2, changes);
    }

    /** With all that was measured; learned about other models is set aside. */
    PairKnowledge teach(PairKnowledge known, LearningRules rules, Predicate<Replay> wanted) {
        PairKnowledge after = known.boundTo(fingerprint, at).learned(requestReadings(), rules);
        for (TwinRun twin : twins(wanted)) {
            after = after.learned(twin, rules);
        }
        return after;
    }
}
