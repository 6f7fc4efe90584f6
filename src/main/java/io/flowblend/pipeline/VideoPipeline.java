package io.flowblend.pipeline;

import io.flowblend.calibration.PairState;
import io.flowblend.model.PairSpec;

/** One pair's whole way from a prompt to frames. Safe to call from several threads; runs are made one at a time. */
public interface VideoPipeline extends AutoCloseable {
    PairSpec spec();

    PairState state();

    /**
     * Fills in defaults and checks every value.
     *
     * @throws InvalidRequestException naming the first field that cannot be done
     */
    VideoRequest resolve(VideoOptions options);

    /**
     * Makes the video on the calling thread.
     *
     * @throws GenerationFailedException if a model fails; the message is safe to show to the client
     */
    GeneratedVideo generate(VideoRequest request, PipelineListener listener);

    @Override
    void close();
}
