package io.flowblend.learning;

import io.flowblend.calibration.Conditions;
import io.flowblend.calibration.LearningRules;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.calibration.RequestReadings;
import io.flowblend.calibration.TwinRun;
import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
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
        List<Replay> replays,
        long at,
        double seconds) {

    /** The velocity divergence of one step. */
    record Reading(int step, double cosine, double relativeL2, double l2) {}

    /**
     * @param pattern as it was asked for, over eighths
     * @param letters L or S for each step
     * @param deviation relative L2 to the latents of LARGE alone
     */
    record Replay(String pattern, String letters, double deviation) {}

    MeasuredRequest {
        sigmas = List.copyOf(sigmas);
        readings = List.copyOf(readings);
        replays = List.copyOf(replays);
    }

    RequestReadings requestReadings() {
        List<RequestReadings.Probe> probes = readings.stream()
                .map(reading -> new RequestReadings.Probe(
                        sigmas.get(reading.step()),
                        new VelocityDivergence(reading.cosine(), reading.relativeL2(), reading.l2())))
                .toList();
        return new RequestReadings(conditions, 1, sigmas, probes, at);
    }

    /** The replays that {@code wanted} takes and that had a reading at each SMALL step. */
    List<TwinRun> twins(Predicate<Replay> wanted) {
        List<TwinRun> twins = new ArrayList<>();
        for (Replay replay : replays) {
            List<TwinRun.SmallStep> small = readings.stream()
                    .filter(reading -> replay.letters().charAt(reading.step()) == 'S')
                    .map(reading -> new TwinRun.SmallStep(
                            sigmas.get(reading.step()), sigmas.get(reading.step() + 1), reading.relativeL2()))
                    .toList();
            long asked =
                    replay.letters().chars().filter(letter -> letter == 'S').count();
            if (wanted.test(replay) && asked > 0 && small.size() == asked) {
                twins.add(new TwinRun(conditions, small, replay.deviation(), at));
            }
        }
        return twins;
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
