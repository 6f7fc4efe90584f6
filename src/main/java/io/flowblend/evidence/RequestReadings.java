package io.flowblend.evidence;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Range;
import io.flowblend.divergence.VelocityDivergence;
import java.util.List;

/**
 * What one finished request told about its pair.
 *
 * @param conditions under what it ran
 * @param sigmas noise levels that the run passed, steps + 1 of them, falling
 * @param readings what the sources would have been worth at the steps that LARGE made, at any distance; all finite
 * @param probes velocity divergences in the order of the steps; all finite
 * @param at when it finished, seconds since 1970
 */
public record RequestReadings(
        Conditions conditions, List<Double> sigmas, List<AnchorReading> readings, List<Probe> probes, long at) {
    /**
     * @param sigma noise level at the start of the probed step, 0..1
     */
    public record Probe(double sigma, VelocityDivergence divergence) {
        public Probe {
            Range.check("sigma", sigma, 0, 1);
        }
    }

    public RequestReadings {
        sigmas = List.copyOf(sigmas);
        readings = List.copyOf(readings);
        probes = List.copyOf(probes);
        if (!readings.stream().allMatch(AnchorReading::isFinite)
                || !probes.stream().allMatch(probe -> probe.divergence().isFinite())) {
            throw new IllegalArgumentException("a reading that is not finite cannot be learned from");
        }
        for (AnchorReading reading : readings) {
            Range.check("sigma", reading.sigma(), 0, 1);
            if (reading.hasAnchor()) {
                Range.check("anchor_sigma", reading.anchorSigma(), reading.sigma(), 1);
            }
        }
    }

    /** Whether there is nothing to learn from. */
    public boolean isEmpty() {
        return readings.isEmpty() && probes.isEmpty();
    }
}
