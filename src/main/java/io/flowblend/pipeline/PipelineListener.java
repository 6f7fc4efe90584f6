package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;

/** Hears how far a video is. An exception from it ends the run between two steps; nothing is left behind. */
public interface PipelineListener {
    PipelineListener NONE = (step, fractionDone) -> {};

    /** @param fractionDone share of the whole work that is done, 0..1, by cost, not by steps */
    void onStep(StepRecord step, double fractionDone);
}
