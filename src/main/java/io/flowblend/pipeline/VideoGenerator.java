package io.flowblend.pipeline;

import io.flowblend.request.VideoRequest;
import java.util.Optional;

/** Makes videos, one at a time. */
public interface VideoGenerator {
    /**
     * Makes the video on the calling thread.
     *
     * @return empty if the listener ended it
     * @throws GenerationFailedException if a model fails; the message is safe to show to the client
     */
    Optional<GeneratedVideo> generate(VideoRequest request, PipelineListener listener);

    /** Takes note of how long the files of a finished video took to be encoded, so that speedups count it. */
    void encoded(double seconds);

    /**
     * Runs both models and the decoder once at the pair's own size, since first runs are slow; nothing is learned or kept.
     *
     * @throws GenerationFailedException if a model fails
     */
    void warmUp(PipelineListener listener);
}
