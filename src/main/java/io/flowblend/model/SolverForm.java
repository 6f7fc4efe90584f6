package io.flowblend.model;

import java.util.List;
import java.util.Optional;

/**
 * What a scheduler's config says of its solver beyond name and order.
 *
 * @param uncorrectedSteps steps of unipc, from 0, whose outcome is not corrected in the next one
 * @param heun whether dpm++ of order 2 has Heun's form in place of the midpoint's
 * @param noise whether dpm++ draws noise in its steps (SDE-DPM-Solver++)
 * @param karras the span of Karras's levels, where no shift makes the levels of unipc
 */
public record SolverForm(List<Integer> uncorrectedSteps, boolean heun, boolean noise, Optional<NoiseSpan> karras) {
    /** Nothing beyond name and order. */
    public static final SolverForm PLAIN = new SolverForm(List.of(), false, false, Optional.empty());

    public SolverForm {
        uncorrectedSteps = List.copyOf(uncorrectedSteps);
    }

    /**
     * Noise over data, {@code sigma / (1 - sigma)}, from the first level to the last.
     *
     * @param highest above {@code lowest}, finite
     * @param lowest above 0
     */
    public record NoiseSpan(double highest, double lowest) {
        public NoiseSpan {
            if (!(lowest > 0 && lowest < highest && Double.isFinite(highest))) {
                throw new IllegalArgumentException(
                        "noise has to fall from 'sigma_max' to 'sigma_min', above 0, but goes from " + highest + " to "
                                + lowest);
            }
        }
    }
}
