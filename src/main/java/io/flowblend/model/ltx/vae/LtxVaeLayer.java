package io.flowblend.model.ltx.vae;

import io.flowblend.model.vae.FrameHistory;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * One layer of the autoencoder, applied to a video a few frames at a time. Frames are a batch of images {@code [T, C, H, W]}
 * in channels-last order. A layer that looks at later frames, or that makes one of two, holds frames back in the {@link
 * FrameHistory} of the run and gives what it can: none, at times. A layer holds weights only.
 */
interface LtxVaeLayer {
    /** What the layer can give after the next {@code frames}, at least one, which are left as they are. */
    Tensor apply(Tensor frames, FrameHistory history);

    /** Hands on what the layer held back, one frame or so at a time, after the last frames. */
    default void finish(FrameHistory history, Consumer<Tensor> next) {}
}
