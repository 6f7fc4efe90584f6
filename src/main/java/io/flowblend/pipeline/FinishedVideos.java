package io.flowblend.pipeline;

import io.flowblend.request.VideoRequest;

/** Hears of the videos that the pairs finish, on the thread that made them. */
@FunctionalInterface
public interface FinishedVideos {
    /** Takes no notice. */
    FinishedVideos NONE = (pipeline, request, report) -> {};

    void finished(VideoPipeline pipeline, VideoRequest request, VideoReport report);
}
