package io.flowblend.pipeline;

import io.flowblend.sampling.StepRecord;
import java.util.List;

/** Hears how far a video is, and may end it between two steps. */
@FunctionalInterface
public interface PipelineListener {
    PipelineListener NONE = (step, fractionDone) -> true;

    /**
     * @param fractionDone share of the whole work that is done, 0..1, by cost, not by steps
     * @return whether to go on; otherwise nothing is left behind
     */
    boolean onStep(StepRecord step, double fractionDone);

    /** Where the run's checkpoints are kept; nowhere by default. */
    default Checkpoints checkpoints() {
        return Checkpoints.NONE;
    }

    /** Where what the video is coming to is shown; nowhere by default. */
    default Previews previews() {
        return Previews.NONE;
    }

    /** The run goes on from a checkpoint; these steps were made before. */
    default void onResumed(List<StepRecord> made) {}
}
