package io.flowblend.model.ltx.vae;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/** The decoding half of LTX-Video's autoencoder ({@code AutoencoderKLLTXVideo} of Hugging Face diffusers 0.42.1). */
@SuppressWarnings("DoNotCallSuggester")
public final class LtxVaeDecoder implements LatentDecoder {
    private LtxVaeDecoder() {}

    /** The decoder in {@code folder} (diffusers layout), for transformers with patches of one latent. */
    public static LtxVaeDecoder load(Path folder) {
        return load(folder, 1, LtxVaeDecoding.RECOMMENDED);
    }

    /** @param transformerPatch latents a side of the patches of the pair's transformers; sizes have to fit them */
    public static LtxVaeDecoder load(Path folder, int transformerPatch, LtxVaeDecoding decoding) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor decode(Tensor latents) {
        throw new UnsupportedOperationException();
    }

    /**
     * Frames {@code [B, 3, F, H, W]}, not clamped to -1..1, from raw latents {@code [B, C, f, h, w]} as they are.
     *
     * @param timestep the noise level that a timestep-conditioned decoder is told, 0..1
     */
    public Tensor decodeRaw(Tensor latents, double timestep) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LatentShape latentShape(int frames, int height, int width) {
        throw new UnsupportedOperationException();
    }

    public long parameters() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
