package io.flowblend.sampling;

import io.flowblend.control.Role;
import io.flowblend.control.Step;

/** The model that has to advance a step gave a velocity with NaN or infinite values, and no other may take its place. */
public final class NonFiniteVelocityException extends RuntimeException {
    private final Role role;
    private final int step;

    public NonFiniteVelocityException(Role role, Step step) {
        super("the " + role + " model gave a non-finite velocity at step " + step.index() + " of " + step.count()
                + " (sigma " + step.sigma() + ")");
        this.role = role;
        this.step = step.index();
    }

    public Role role() {
        return role;
    }

    /** 0-based index of the step. */
    public int step() {
        return step;
    }
}
