package io.flowblend.model.ltx.vae;

import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * The encoding half of LTX-Video's autoencoder ({@code AutoencoderKLLTXVideo} of Hugging Face diffusers 0.42.1). It gives
 * the mode of the latents' distribution, its mean.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class LtxVaeEncoder implements AutoCloseable {
    private LtxVaeEncoder() {}

    /** The encoder in {@code folder} (diffusers layout). */
    public static LtxVaeEncoder load(Path folder) {
        throw new UnsupportedOperationException();
    }

    /**
     * Normalised latents {@code [B, C, f, h, w]}, as the velocity models see them, from frames {@code [B, 3, F, H, W]} in
     * 0..1; one frame (an image) gives one latent frame.
     */
    public Tensor encode(Tensor frames) {
        throw new UnsupportedOperationException();
    }

    /** Raw latents {@code [B, C, f, h, w]} from frames {@code [B, 3, F, H, W]} in -1..1. */
    public Tensor encodeRaw(Tensor frames) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
