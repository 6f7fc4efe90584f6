package io.flowblend.jobs;

import io.flowblend.pipeline.Checkpoints;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The checkpoints of one attempt: one every N steps as long as they take no more than a share of the time, and one when the
 * attempt is stopped for another to go on. A checkpoint that cannot be written costs a message, not the video.
 */
final class RunCheckpoints implements Checkpoints {
    /** What the first one is expected to take. */
    private static final long EXPECTED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final System.Logger LOG = System.getLogger(RunCheckpoints.class.getName());

    private final CheckpointFolder folder;
    private final WorkerSettings settings;
    private final boolean anew;
    private final BooleanSupplier stopping;
    private long last = System.nanoTime();
    private long took = EXPECTED_NANOS;

    /**
     * @param anew whether earlier ones are left alone
     * @param stopping whether the attempt ends here for another to go on
     */
    RunCheckpoints(CheckpointFolder folder, WorkerSettings settings, boolean anew, BooleanSupplier stopping) {
        this.folder = folder;
        this.settings = settings;
        this.anew = anew;
        this.stopping = stopping;
    }

    @Override
    public <T> Optional<T> last(Reader<T> reader) {
        return anew ? Optional.empty() : folder.last(reader);
    }

    @Override
    public void offer(int nextStep, Writer writer) {
        if (!stopping.getAsBoolean() && !isDue(nextStep)) {
            return;
        }
        long start = System.nanoTime();
        try {
            folder.write(nextStep, writer);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "A checkpoint could not be written: {0}", e.toString());
        }
        last = System.nanoTime();
        took = last - start;
    }

    private boolean isDue(int nextStep) {
        int every = settings.checkpointSteps();
        return every > 0
                && nextStep % every == 0
                && System.nanoTime() - last >= took * (1 / settings.checkpointShare() - 1);
    }
}
