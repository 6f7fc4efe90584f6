package io.flowblend.calibration;

import java.util.List;

/**
 * A run whose deviation from its LARGE-only twin was measured: some steps were SMALL, the others LARGE.
 *
 * @param conditions under what it ran
 * @param small the steps that SMALL made
 * @param deviation relative L2 between the two finished latents, 0 and up
 * @param at when, seconds since 1970
 */
public record TwinRun(Conditions conditions, List<SmallStep> small, double deviation, long at) {
    public TwinRun {
        small = List.copyOf(small);
        if (!(deviation >= 0 && deviation <= 100)) {
            throw new IllegalArgumentException("deviation must be in 0..100, not " + deviation);
        }
        if (small.isEmpty()) {
            throw new IllegalArgumentException("small must hold at least one step");
        }
    }

    /**
     * @param sigma noise level at its start
     * @param nextSigma noise level at its end, below {@code sigma}
     * @param relativeL2 velocity divergence there, measured along the LARGE run; 0 and up
     */
    public record SmallStep(double sigma, double nextSigma, double relativeL2) {
        public SmallStep {
            if (!(sigma <= 1 && nextSigma >= 0 && nextSigma < sigma)) {
                throw new IllegalArgumentException(
                        "a step must fall within 1..0, not go from " + sigma + " to " + nextSigma);
            }
            if (!(relativeL2 >= 0 && relativeL2 <= 100)) {
                throw new IllegalArgumentException("relative_l2 must be in 0..100, not " + relativeL2);
            }
        }
    }
}
