package io.flowblend.control;

import java.util.OptionalDouble;

/**
 * How far one step moved the run, read off what it computed anyway. All are means of absolute values over all elements.
 *
 * @param step the step that was made
 * @param role who advanced it
 * @param lastRole who computed the velocity before it; itself at the first step
 * @param velocity {@code mean|v_k|}, 0 and up
 * @param velocityChange {@code mean|v_k - v_j|} to the last velocity computed before it; 0 at the first step and where
 *     the velocity was reused
 * @param lastVelocity {@code mean|v_j|} of that one; 0 at the first step
 * @param latents {@code mean|x_k|} at the start of the step
 * @param latentsChange {@code mean|x_{k+1} - x_k|}
 */
public record VelocityChange(
        Step step,
        Role role,
        Role lastRole,
        double velocity,
        double velocityChange,
        double lastVelocity,
        double latents,
        double latentsChange) {

    /** That change where LARGE computed both velocities; it is what tells how long one may be carried on. */
    public OptionalDouble changeOfLarge() {
        return role == Role.LARGE && lastRole == Role.LARGE && lastVelocity > 0
                ? OptionalDouble.of(relativeVelocityChange())
                : OptionalDouble.empty();
    }

    /** Change of the velocity relative to the one before; 0 where there is none. */
    public double relativeVelocityChange() {
        return lastVelocity == 0 ? 0 : velocityChange / lastVelocity;
    }
}
