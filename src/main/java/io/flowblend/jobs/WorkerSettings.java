package io.flowblend.jobs;

/**
 * What this process does for the queue, and how.
 *
 * @param works whether it makes videos; otherwise it only takes requests
 * @param shared whether other processes may work on the same database
 * @param checkpointSteps steps between two checkpoints of a video, 1 and up; 0: only where it is stopped
 * @param checkpointShare most of a video's time that its checkpoints may take, above 0, at most 1
 * @param maxBytes of all finished videos; the oldest are deleted beyond that. 0: without a limit
 */
public record WorkerSettings(
        boolean works, boolean shared, int checkpointSteps, double checkpointShare, long maxBytes) {
    /** All by itself, a checkpoint every 5 steps for less than a hundredth of the time. */
    public static final WorkerSettings DEFAULTS = new WorkerSettings(true, false, 5, 0.01, 0);

    public WorkerSettings {
        if (checkpointSteps < 0) {
            throw new IllegalArgumentException(
                    "flowblend.checkpoints.every-steps has to be 0 or more, not " + checkpointSteps);
        }
        if (!(checkpointShare > 0 && checkpointShare <= 1)) {
            throw new IllegalArgumentException(
                    "flowblend.checkpoints.max-share has to be above 0 and at most 1, not " + checkpointShare);
        }
        if (maxBytes < 0) {
            throw new IllegalArgumentException("flowblend.store.max-size has to be 0 or more, not " + maxBytes);
        }
    }
}
