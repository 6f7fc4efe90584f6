package io.flowblend.calibration;

import io.flowblend.divergence.VelocityDivergence;
import java.util.List;

/**
 * What one finished request told about its pair.
 *
 * @param conditions under what it ran
 * @param factor rho that the policy ended with; 1 if it had no opinion
 * @param sigmas noise levels that the run passed, steps + 1 of them, falling
 * @param probes its readings in the order of the steps; all finite
 * @param at when it finished, seconds since 1970
 */
public record RequestReadings(Conditions conditions, double factor, List<Double> sigmas, List<Probe> probes, long at) {
    public RequestReadings {
        sigmas = List.copyOf(sigmas);
        probes = List.copyOf(probes);
        for (Probe probe : probes) {
            if (!probe.divergence().isFinite()) {
                throw new IllegalArgumentException("a divergence that is not finite cannot be learned from");
            }
        }
    }

    /**
     * @param sigma noise level at the start of the probed step, 0..1
     */
    public record Probe(double sigma, VelocityDivergence divergence) {}
}
