package io.flowblend.evidence;

import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import java.util.List;

/**
 * What one finished request told about its pair.
 *
 * @param conditions under what it ran
 * @param factor rho that the policy ended with; 1 if it had no opinion
 * @param sigmas noise levels that the run passed, steps + 1 of them, falling
 * @param probes its readings in the order of the steps; all finite
 * @param changes of LARGE's own velocity between two steps that it made
 * @param at when it finished, seconds since 1970
 */
public record RequestReadings(
        Conditions conditions, double factor, List<Double> sigmas, List<Probe> probes, List<Change> changes, long at) {
    public RequestReadings {
        sigmas = List.copyOf(sigmas);
        probes = List.copyOf(probes);
        changes = List.copyOf(changes);
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

    /**
     * @param sigma noise level of the earlier step, 0..1
     * @param lowerSigma noise level of the later one, below it
     * @param relative change of the velocity over its size, finite, 0 and up
     */
    public record Change(double sigma, double lowerSigma, double relative) {
        public Change {
            if (!(lowerSigma >= 0 && lowerSigma < sigma && sigma <= 1 && relative >= 0 && relative < 1e6)) {
                throw new IllegalArgumentException("a change must be finite and between falling noise levels, not "
                        + relative + " from " + sigma + " to " + lowerSigma);
            }
        }

        /** Where it counts: the middle between its two noise levels, by position. */
        int bin() {
            double middle = (SigmaBins.position(sigma) + SigmaBins.position(lowerSigma)) / 2;
            return Math.min(SigmaBins.COUNT - 1, (int) middle);
        }

        /** Over this many bin widths it adds up to less than its parts, and says nothing about them. */
        boolean isShort() {
            return width() < 2.5;
        }

        /** Per bin width. */
        double rate() {
            return relative / width();
        }

        private double width() {
            return SigmaBins.position(sigma) - SigmaBins.position(lowerSigma);
        }
    }
}
