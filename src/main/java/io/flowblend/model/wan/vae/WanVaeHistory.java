package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.FrameHistory;

/** What the causal layers remember of the chunks before the present one: at most two frames a layer. */
final class WanVaeHistory extends FrameHistory {
    private boolean firstChunk = true;

    /** Whether the present chunk is the one with the video's first frame alone. */
    boolean isFirstChunk() {
        return firstChunk;
    }

    void endChunk() {
        firstChunk = false;
    }
}
