package io.flowblend.learning;

import io.flowblend.request.InvalidRequestException;
import java.util.List;

/**
 * What is measured for a calibration.
 *
 * @param pair id of the pair
 * @param prompts that the samples take in turn, from the operator; empty = whatever suits the pair
 * @param samples requests that are made by LARGE and again by other schedules; {@value #FEWEST} and up
 */
public record CalibrationPlan(String pair, List<String> prompts, int samples) {
    /** Half of the samples measure the sources, the other half what can be promised. */
    public static final int FEWEST = 4;

    /** Enough for promises that are not provisional. */
    public static final int USUAL = 64;

    public CalibrationPlan {
        prompts = List.copyOf(prompts);
        if (samples < FEWEST) {
            throw new InvalidRequestException(
                    "samples", "samples has to be " + FEWEST + " or more, not " + samples + ".");
        }
    }

    public CalibrationPlan withPrompts(List<String> others) {
        return new CalibrationPlan(pair, others, samples);
    }
}
