package io.flowblend.model.wan;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerCost;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.layer.Patches;
import java.nio.file.Path;
import java.util.List;

/**
 * The {@code config.json} of a {@code WanTransformer3DModel} that turns text into video. Values that are absent have the
 * defaults of diffusers.
 *
 * @param patches how latents are cut into tokens
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
 */
record WanConfig(
        Patches patches,
        int heads,
        int headWidth,
        int inChannels,
        int outChannels,
        int textWidth,
        int timeWidth,
        int feedForward,
        int layers,
        boolean crossAttentionNorm,
        double epsilon) {

    static WanConfig read(Path folder) {
        ConfigFile config = ConfigFile.in(folder, ModelPart.TRANSFORMER);
        config.require("_class_name", "WanTransformer3DModel");
        ConfigContract.WAN.check(config);
        List<Integer> patch = config.has("patch_size") ? config.sizes("patch_size", 3) : List.of(1, 2, 2);
        int inChannels = config.size("in_channels", 16);
        return new WanConfig(
                new Patches(patch.get(0), patch.get(1), patch.get(2), config.size("rope_max_seq_len", 1024)),
                config.size("num_attention_heads", 40),
                even(config, "attention_head_dim", 128),
                inChannels,
                config.size("out_channels", inChannels),
                config.size("text_dim", 4096),
                even(config, "freq_dim", 256),
                config.size("ffn_dim", 13824),
                config.size("num_layers", 40),
                config.flag("cross_attn_norm", true),
                config.positive("eps", 1e-6));
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
        return patches.volume();
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
        return patches.grid(shape);
    }

    ForwardCost cost(LatentShape latents, int textTokens) {
        return cost().forward(grid(latents).tokens(), textTokens);
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
}
