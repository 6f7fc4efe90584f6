package io.flowblend.sampling;

import io.flowblend.control.Step;
import org.bytedeco.pytorch.Tensor;

/** The noise of a step, a standard normal tensor; the same whenever it is asked for, so that a run can be resumed. */
@FunctionalInterface
public interface StepNoise {
    /** @param like a tensor of the shape, format and device that is wanted */
    Tensor at(Step step, Tensor like);
}
