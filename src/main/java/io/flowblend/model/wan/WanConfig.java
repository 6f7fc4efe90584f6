package io.flowblend.model.wan;

import io.flowblend.model.ConfigFile;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerCost;
import java.nio.file.Path;
import java.util.List;

/**
 * The {@code config.json} of a {@code WanTransformer3DModel} that turns text into video. Values that are absent have the
 * defaults of diffusers.
 *
 * @param patchFrames patch size in latent frames
 * @param patchHeight patch size in latent rows
 * @param patchWidth patch size in latent columns
 * @param heads attention heads
 * @param headWidth numbers in one head, even
 * @param inChannels channels of the latents
 * @param outChannels channels of the velocity
 * @param textWidth width of the text embeddings
 * @param timeWidth number of sinusoids of the time embedding, even
 * @param feedForward width of the feed-forward
 * @param layers number of blocks
 * @param crossAttentionNorm whether a layer norm stands before cross-attention
 * @param epsilon added to variances
 * @param longestSide most patches along one axis
 */
record WanConfig(
        int patchFrames,
        int patchHeight,
        int patchWidth,
        int heads,
        int headWidth,
        int inChannels,
        int outChannels,
        int textWidth,
        int timeWidth,
        int feedForward,
        int layers,
        boolean crossAttentionNorm,
        double epsilon,
        int longestSide) {

    static WanConfig read(Path folder) {
        ConfigFile config = ConfigFile.in(folder);
        config.require("_class_name", "WanTransformer3DModel");
        config.requireIfPresent("qk_norm", "rms_norm_across_heads");
        config.requireAbsent("image_dim", "added_kv_proj_dim", "pos_embed_seq_len", "quantization_config");
        List<Integer> patch = config.has("patch_size") ? config.sizes("patch_size", 3) : List.of(1, 2, 2);
        int inChannels = config.size("in_channels", 16);
        return new WanConfig(
                patch.get(0),
                patch.get(1),
                patch.get(2),
                config.size("num_attention_heads", 40),
                even(config, "attention_head_dim", 128),
                inChannels,
                config.size("out_channels", inChannels),
                config.size("text_dim", 4096),
                even(config, "freq_dim", 256),
                config.size("ffn_dim", 13824),
                config.size("num_layers", 40),
                config.flag("cross_attn_norm", true),
                config.positive("eps", 1e-6),
                config.size("rope_max_seq_len", 1024));
    }

    private static int even(ConfigFile config, String key, int absent) {
        int size = config.size(key, absent);
        if (size % 2 != 0) {
            throw config.unsupported(key, "an even number");
        }
        return size;
    }

    int width() {
        return heads * headWidth;
    }

    int patchVolume() {
        return patchFrames * patchHeight * patchWidth;
    }

    /**
     * The patches that latents of {@code shape} are cut into.
     *
     * @throws IllegalArgumentException if they do not divide evenly, or are more along one axis than the model knows
     */
    PatchGrid grid(LatentShape shape) {
        if (shape.channels() != inChannels) {
            throw new IllegalArgumentException(
                    "latents have " + shape.channels() + " channels, the model takes " + inChannels);
        }
        return new PatchGrid(
                patches("frames", shape.frames(), patchFrames),
                patches("height", shape.height(), patchHeight),
                patches("width", shape.width(), patchWidth));
    }

    private int patches(String axis, int size, int patch) {
        if (size % patch != 0) {
            throw new IllegalArgumentException(
                    "the latents' " + axis + " " + size + " is not a multiple of the patch size " + patch);
        }
        if (size / patch > longestSide) {
            throw new IllegalArgumentException("the latents' " + axis + " " + size + " is above the model's limit of "
                    + (long) longestSide * patch);
        }
        return size / patch;
    }

    TransformerCost cost() {
        return new TransformerCost(
                width(),
                layers,
                feedForward,
                textWidth,
                timeWidth,
                inChannels * patchVolume(),
                outChannels * patchVolume(),
                false);
    }

    /** Number of patches along each axis. */
    record PatchGrid(int frames, int height, int width) {
        int tokens() {
            return frames * height * width;
        }
    }
}
