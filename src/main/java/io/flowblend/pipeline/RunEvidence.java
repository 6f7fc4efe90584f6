package io.flowblend.pipeline;

import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.util.ArrayList;
import java.util.List;

/** What the trace of a finished run tells about its pair. */
final class RunEvidence {
    private RunEvidence() {}

    /** @param at when the run ended, seconds since 1970 */
    static RequestReadings of(Conditions conditions, Trace trace, long at) {
        List<RequestReadings.Probe> probes = new ArrayList<>();
        for (StepRecord line : trace.steps()) {
            line.divergence()
                    .filter(divergence -> divergence.isFinite())
                    .ifPresent(divergence ->
                            probes.add(new RequestReadings.Probe(line.step().sigma(), divergence)));
        }
        return new RequestReadings(
                conditions,
                trace.sigmas(),
                trace.steps().stream().flatMap(line -> line.sources().stream()).toList(),
                probes,
                at);
    }
}
