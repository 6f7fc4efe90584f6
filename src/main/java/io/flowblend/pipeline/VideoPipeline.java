package io.flowblend.pipeline;

import io.flowblend.evidence.Conditions;
import io.flowblend.replay.Replayer;
import io.flowblend.request.VideoRequest;

/** One pair's whole way from a prompt to frames. Safe to call from several threads; runs are made one at a time. */
public interface VideoPipeline extends ServedPair, VideoGenerator, Replayer, AutoCloseable {
    /** Under what a request runs on this pair, as far as it can matter to what is learned. */
    @Override
    Conditions conditions(VideoRequest request);

    @Override
    void close();
}
