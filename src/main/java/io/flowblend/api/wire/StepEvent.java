package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.flowblend.sampling.StepRecord;

/**
 * What an event says about a step: all that the trace says, and the source once more by the name that the events have for it.
 *
 * @param role the source of the velocity that advanced the step, for example {@code small}
 */
public record StepEvent(@JsonUnwrapped TraceObject.StepObject step, String role) {
    public static StepEvent of(StepRecord step) {
        TraceObject.StepObject object = TraceObject.StepObject.of(step);
        return new StepEvent(object, object.source());
    }
}
