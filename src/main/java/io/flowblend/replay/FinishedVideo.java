package io.flowblend.replay;

import io.flowblend.control.Promise;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A video that was just made, as far as something can be learned from it.
 *
 * @param request what was asked
 * @param trace how it was made
 * @param promise what was promised; empty where nothing was
 * @param predictedDeviation of the steps it took; empty where nothing could be predicted
 */
public record FinishedVideo(
        VideoRequest request, Trace trace, Optional<Promise> promise, OptionalDouble predictedDeviation) {}
