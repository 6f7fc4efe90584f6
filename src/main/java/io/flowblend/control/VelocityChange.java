package io.flowblend.control;

import io.flowblend.calibration.Source;

/**
 * How far one step moved the run, read off what it computed anyway. All are means of absolute values over all elements.
 *
 * @param step the step that was made
 * @param source of the velocity that advanced it
 * @param lastSource of the velocity computed before it; {@code source} at the first step
 * @param velocity {@code mean|v_k|}, 0 and up
 * @param velocityChange {@code mean|v_k - v_j|} to the last velocity computed before it; 0 at the first step and where
 *     the velocity was reused
 * @param lastVelocity {@code mean|v_j|} of that one; 0 at the first step
 * @param latents {@code mean|x_k|} at the start of the step
 * @param latentsChange {@code mean|x_{k+1} - x_k|}
 */
public record VelocityChange(
        Step step,
        Source source,
        Source lastSource,
        double velocity,
        double velocityChange,
        double lastVelocity,
        double latents,
        double latentsChange) {
    /** Change of the velocity relative to the one before; 0 where there is none. */
    public double relativeVelocityChange() {
        return lastVelocity == 0 ? 0 : velocityChange / lastVelocity;
    }
}
