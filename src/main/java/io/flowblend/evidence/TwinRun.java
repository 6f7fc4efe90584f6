package io.flowblend.evidence;

import io.flowblend.calibration.Range;
import io.flowblend.calibration.Source;
import java.util.List;

/**
 * A run whose deviation from its LARGE-only twin was measured: some steps were made by other sources, the rest by LARGE.
 *
 * @param conditions under what it ran
 * @param steps those that LARGE did not make, in their order
 * @param deviation relative L2 between the two finished latents, 0 and up
 * @param at when, seconds since 1970
 */
public record TwinRun(Conditions conditions, List<Step> steps, double deviation, long at) {
    public TwinRun {
        steps = List.copyOf(steps);
        Range.check("deviation", deviation, 0, 100);
        Range.check("at", at, 0, Range.MANY);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("steps must hold at least one step that LARGE did not make");
        }
    }

    /**
     * @param source not LARGE
     * @param sigma noise level at its start, 0..1
     * @param nextSigma noise level at its end, below {@code sigma}
     * @param residual relative L2 of the velocity that was used to LARGE's, 0..100
     */
    public record Step(Source source, double sigma, double nextSigma, double residual) {
        public Step {
            if (source == Source.LARGE) {
                throw new IllegalArgumentException("source must be another than LARGE");
            }
            if (!(sigma <= 1 && nextSigma >= 0 && nextSigma < sigma)) {
                throw new IllegalArgumentException(
                        "a step must fall within 1..0, not go from " + sigma + " to " + nextSigma);
            }
            Range.check("residual", residual, 0, 100);
        }
    }
}
