package io.flowblend.pipeline;

import io.flowblend.request.VideoRequest;
import java.util.function.Function;

/** A pipeline whose requests can be laid open. */
public interface OpenPipeline {
    /**
     * Lays {@code request} open for {@code work}, while no other request is made; answers its answer.
     *
     * @throws GenerationFailedException if the large model fails
     */
    <T> T open(VideoRequest request, Function<OpenRequest, T> work);
}
