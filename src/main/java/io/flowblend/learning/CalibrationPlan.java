package io.flowblend.learning;

import io.flowblend.request.InvalidRequestException;
import java.util.List;

/**
 * What is measured for a calibration.
 *
 * @param pair id of the pair
 * @param prompts that the lessons take in turn, from the operator; empty = whatever suits the pair
 * @param lessons videos that are made by LARGE and, in part, again by SMALL; {@value #FEWEST} and up
 */
public record CalibrationPlan(String pair, List<String> prompts, int lessons) {
    /** Half of the lessons are held out, two by two, and without one no promise is tried. */
    public static final int FEWEST = 4;

    /** As many as the profile {@code balanced} wants to have seen in every sigma bin, those held out apart, and some more. */
    public static final int USUAL = 32;

    public CalibrationPlan {
        prompts = List.copyOf(prompts);
        if (lessons < FEWEST) {
            throw new InvalidRequestException(
                    "lessons", "lessons has to be " + FEWEST + " or more, not " + lessons + ".");
        }
    }

    public CalibrationPlan withPrompts(List<String> others) {
        return new CalibrationPlan(pair, others, lessons);
    }
}
