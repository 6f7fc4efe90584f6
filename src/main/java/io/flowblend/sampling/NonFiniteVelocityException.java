package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.control.Step;

/** The model that has to advance a step gave a velocity with NaN or infinite values, and no other may take its place. */
public final class NonFiniteVelocityException extends RuntimeException {
    private final Source source;
    private final int step;

    public NonFiniteVelocityException(Source source, Step step) {
        super("the " + source + " model gave a non-finite velocity at step " + step.index() + " of " + step.count()
                + " (sigma " + step.sigma() + ")");
        this.source = source;
        this.step = step.index();
    }

    public Source source() {
        return source;
    }

    /** 0-based index of the step. */
    public int step() {
        return step;
    }
}
