package io.flowblend.model.ltx.vae;

/**
 * How an autoencoder with {@code timestep_conditioning} decodes; others take no notice of it.
 *
 * @param timestep the noise level that the decoder is told, 0..1 ({@code decode_timestep})
 * @param noiseScale share of noise that is mixed into the raw latents before decoding, 0..1 ({@code decode_noise_scale}):
 *     {@code (1 - s) z + s noise}
 */
public record LtxVaeDecoding(double timestep, double noiseScale) {
    /** What the model card of LTX-Video 0.9.5 and later recommends. */
    public static final LtxVaeDecoding RECOMMENDED = new LtxVaeDecoding(0.05, 0.025);

    public LtxVaeDecoding {
        requireShare("decode_timestep", timestep);
        requireShare("decode_noise_scale", noiseScale);
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " has to be 0..1, not " + value);
        }
    }
}
