package io.flowblend.jobs;

import io.flowblend.sampling.StepRecord;
import java.util.List;

/**
 * Hears what happens to jobs, on the worker's thread (the end of a video that was cancelled while it waited: on the
 * caller's); for metrics and logs. An exception from it is logged and does no harm. Nothing happens by default.
 */
public interface JobObserver {
    JobObserver NONE = new JobObserver() {};

    /** An attempt begins; after a restart the same job can start again. */
    default void started(VideoJob job) {}

    /** The attempt goes on from a checkpoint; these steps were made by an earlier one, which told of them. */
    default void resumed(VideoJob job, List<StepRecord> made) {}

    default void step(VideoJob job, StepRecord step) {}

    /** The attempt is over, whatever became of it; on the thread that {@link #started} was told on. */
    default void left(VideoJob job) {}

    /** {@code job} is COMPLETED or FAILED. */
    default void finished(VideoJob job) {}
}
