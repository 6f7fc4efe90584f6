package io.flowblend.learning;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.PromiseSample;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.TwinRun;
import java.util.List;

/**
 * What one sample of a pair measured.
 *
 * @param number of the sample
 * @param fingerprint of the models that were measured
 * @param seed of the noise
 * @param conditions under what it ran
 * @param sigmas noise levels, steps + 1 of them, falling
 * @param readings of the sources along the LARGE run; empty if it was not probed
 * @param twins schedules that were compared with LARGE alone
 * @param promises runs of the adaptive policy that were
 * @param storedProfile deviation of the stored profile's schedule; NaN if it was not made
 * @param at when, seconds since 1970
 * @param seconds that both models ran
 */
record MeasuredSample(
        int number,
        String fingerprint,
        String prompt,
        long seed,
        Conditions conditions,
        List<Double> sigmas,
        List<AnchorReading> readings,
        List<TwinRun> twins,
        List<PromiseSample> promises,
        double storedProfile,
        long at,
        double seconds) {
    MeasuredSample {
        sigmas = List.copyOf(sigmas);
        readings = List.copyOf(readings);
        twins = List.copyOf(twins);
        promises = List.copyOf(promises);
    }

    /** With all that was measured; what was learned about other models is set aside. */
    PairEvidence teach(PairEvidence known, LearningRules rules) {
        return known.boundTo(fingerprint, at)
                .learned(new RequestReadings(conditions, sigmas, readings, List.of(), at), rules)
                .learned(twins, promises, at, rules);
    }
}
