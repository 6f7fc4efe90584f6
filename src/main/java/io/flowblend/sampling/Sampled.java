package io.flowblend.sampling;

import org.bytedeco.pytorch.Tensor;

/**
 * What a run made.
 *
 * @param latents {@code [B, C, F, H, W]} where the run ended, at sigma 0 if it was a whole one; the caller owns them and has to close this
 * @param trace the steps that were made
 * @param seconds time from the first decision to the last step's end
 */
public record Sampled(Tensor latents, Trace trace, double seconds) implements AutoCloseable {
    @Override
    public void close() {
        latents.close();
    }
}
