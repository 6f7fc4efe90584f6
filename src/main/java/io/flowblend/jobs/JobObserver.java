package io.flowblend.jobs;

import io.flowblend.sampling.StepRecord;

/** Hears what happens to jobs, on the worker's thread; for metrics and logs. Nothing happens by default. */
public interface JobObserver {
    JobObserver NONE = new JobObserver() {};

    default void started(VideoJob job) {}

    default void step(VideoJob job, StepRecord step) {}

    /** {@code job} is COMPLETED or FAILED. */
    default void finished(VideoJob job) {}
}
