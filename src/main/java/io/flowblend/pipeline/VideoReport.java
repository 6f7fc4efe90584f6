package io.flowblend.pipeline;

import io.flowblend.calibration.PairState;
import io.flowblend.control.Promise;
import io.flowblend.sampling.Trace;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What happened while a video was made.
 *
 * @param trace every step's decision
 * @param pairState state of the pair's calibration when the run began
 * @param promise what was promised; empty where nothing was
 * @param predictedDeviation deviation that is predicted for the schedule that was run, where it can be
 * @param stageSeconds seconds by stage: text_encode, large, small, probe, decode
 * @param flops total floating point operations of all forwards
 * @param largeOnlyFlops the same for LARGE alone
 * @param speedup sampling time that LARGE alone would have taken, by this run's own time of a large step, divided by
 *     the sampling time taken; empty if no large step was run
 * @param peakMemoryBytes largest resident size of the process so far, bytes
 */
public record VideoReport(
        Trace trace,
        PairState pairState,
        Optional<Promise> promise,
        OptionalDouble predictedDeviation,
        Map<String, Double> stageSeconds,
        double flops,
        double largeOnlyFlops,
        OptionalDouble speedup,
        long peakMemoryBytes) {}
