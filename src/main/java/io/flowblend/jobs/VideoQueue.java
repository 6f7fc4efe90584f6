package io.flowblend.jobs;

import java.time.Duration;
import java.util.Optional;

/** How full the queue is and how fast it moves; for metrics and for clients that want to know when to ask again. */
public interface VideoQueue {
    /** Videos that wait. */
    int length();

    /** Whether a video waits, or is being made by this process. */
    boolean isBusy();

    /** How long the video that has waited longest has waited; zero if none waits. */
    Duration oldestWait();

    /** How long until the video is expected to be finished; empty if nothing was measured yet or it is final. */
    Optional<Duration> expectedRemaining(VideoJob job);

    /** Files and folders that belonged to no video and were cleaned up by this process. */
    long orphans();

    /** Tries to write, and looks at the space that is left: what is wrong, for an operator; empty if nothing is. */
    Optional<String> storageProblem();
}
