package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;

/** Hears how far a video is, and may end it between two steps. */
@FunctionalInterface
public interface PipelineListener {
    PipelineListener NONE = (step, fractionDone) -> true;

    /**
     * @param fractionDone share of the whole work that is done, 0..1, by cost, not by steps
     * @return whether to go on; otherwise nothing is left behind
     */
    boolean onStep(StepRecord step, double fractionDone);
}
