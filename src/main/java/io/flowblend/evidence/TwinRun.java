package io.flowblend.evidence;

import java.util.List;

/**
 * A run whose deviation from its LARGE-only twin was measured: some steps were SMALL or REUSED, the others LARGE.
 *
 * @param conditions under what it ran
 * @param cheap the steps that LARGE did not make
 * @param deviation relative L2 between the two finished latents, 0 and up
 * @param at when, seconds since 1970
 */
public record TwinRun(Conditions conditions, List<CheapStep> cheap, double deviation, long at) {
    public TwinRun {
        cheap = List.copyOf(cheap);
        if (!(deviation >= 0 && deviation <= 100)) {
            throw new IllegalArgumentException("deviation must be in 0..100, not " + deviation);
        }
        if (cheap.isEmpty()) {
            throw new IllegalArgumentException("cheap must hold at least one step");
        }
    }

    /**
     * @param reused whether the last velocity was carried on; otherwise SMALL made it
     * @param sigma noise level at its start
     * @param nextSigma noise level at its end, below {@code sigma}
     * @param relativeL2 measured along the LARGE run, 0 and up: the velocity divergence there, or the summed changes of
     *     LARGE's velocity since the step whose velocity was carried on
     */
    public record CheapStep(boolean reused, double sigma, double nextSigma, double relativeL2) {
        public CheapStep {
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
