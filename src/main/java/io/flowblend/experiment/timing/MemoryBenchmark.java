package io.flowblend.experiment.timing;

import io.flowblend.experiment.Environment;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.VideoOptions;
import io.flowblend.tensor.SystemMemory;
import java.util.Locale;

/** Whether many videos in a row leave memory behind: resident size of the process after warm-up and at the end. */
public final class MemoryBenchmark {
    /** Share of the videos that are warm-up: heap, caches and allocator arenas reach their size. */
    private static final double WARM_UP = 0.2;

    private MemoryBenchmark() {}

    /**
     * Resident sizes in bytes.
     *
     * @param growth relative growth from after warm-up to the end, 0.05 = 5 %
     */
    public record Result(
            Environment environment, String pair, int steps, int videos, long afterWarmUp, long atEnd, double growth) {}

    /** Makes {@code videos} videos, every one with its own seed, and compares. */
    public static Result run(VideoPipeline pipeline, String prompt, int steps, int videos) {
        int warmUp = (int) Math.ceil(videos * WARM_UP);
        long afterWarmUp = 0;
        for (int i = 0; i < warmUp + videos; i++) {
            if (i == warmUp) {
                afterWarmUp = residentBytes();
            }
            VideoOptions options = VideoOptions.of(prompt).withSteps(steps).withSeed(i);
            if (pipeline.generate(pipeline.resolve(options), PipelineListener.NONE)
                    .isEmpty()) {
                throw new IllegalStateException("nobody ended the run");
            }
        }
        long atEnd = residentBytes();
        return new Result(
                Environment.here(),
                pipeline.spec().id(),
                steps,
                videos,
                afterWarmUp,
                atEnd,
                (double) (atEnd - afterWarmUp) / afterWarmUp);
    }

    /** The heap is collected first: what counts is what cannot be given back. */
    private static long residentBytes() {
        System.gc();
        return SystemMemory.residentBytes();
    }

    /** For people. */
    public static String table(Result result) {
        return String.format(
                Locale.ROOT,
                "%s, %d videos of %d steps, %s%nresident after warm-up %.1f MiB, at the end %.1f MiB: %+.2f %%%n",
                result.pair(),
                result.videos(),
                result.steps(),
                result.environment(),
                result.afterWarmUp() / 1048576.0,
                result.atEnd() / 1048576.0,
                100 * result.growth());
    }
}
