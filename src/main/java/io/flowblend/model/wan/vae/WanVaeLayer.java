package io.flowblend.model.wan.vae;

import org.bytedeco.pytorch.Tensor;

/**
 * One layer of the autoencoder, applied to a video chunk by chunk. Frames are a batch of images {@code [T, C, H, W]} in
 * channels-last order, in which this CPU's convolutions and norms over channels are fastest. A layer holds weights only;
 * what it needs of earlier chunks lies in the {@link WanVaeHistory} of the run.
 */
interface WanVaeLayer {
    /** The layer's output for the next chunk; {@code frames} is left as it is. */
    Tensor apply(Tensor frames, WanVaeHistory history);
}
