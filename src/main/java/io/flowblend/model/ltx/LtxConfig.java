package io.flowblend.model.ltx;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerCost;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.layer.Patches;
import java.nio.file.Path;

/**
 * The {@code config.json} of a {@code LTXVideoTransformer3DModel}. Values that are absent have the defaults of diffusers.
 *
 * @param patches how latents are cut into tokens
 * @param heads attention heads
 * @param headWidth numbers in one head, even
 * @param inChannels numbers in one token of the latents: their channels times the patch's volume
 * @param outChannels numbers in one token of the velocity
 * @param textWidth width of the text embeddings
 * @param layers number of blocks
 * @param epsilon added to mean squares between the layers
 */
record LtxConfig(
        Patches patches,
        int heads,
        int headWidth,
        int inChannels,
        int outChannels,
        int textWidth,
        int layers,
        double epsilon) {
    static final String CLASS = "LTXVideoTransformer3DModel";

    /** Sinusoids of the time embedding. */
    static final int TIME_WIDTH = 256;

    /** The feed-forward is this many times as wide as the rest. */
    private static final int FEED_FORWARD = 4;

    static LtxConfig read(Path folder) {
        ConfigFile config = ConfigFile.in(folder, ModelPart.TRANSFORMER);
        config.require("_class_name", CLASS);
        ConfigContract.LTX.check(config);
        int heads = config.size("num_attention_heads", 32);
        int headWidth = config.size("attention_head_dim", 64);
        if (headWidth % 2 != 0) {
            throw config.unsupported("attention_head_dim", "an even number");
        }
        if (config.size("cross_attention_dim", 2048) != heads * headWidth) {
            throw config.unsupported(
                    "cross_attention_dim", "num_attention_heads x attention_head_dim, " + heads * headWidth);
        }
        int inChannels = config.size("in_channels", 128);
        int patch = config.size("patch_size", 1);
        return new LtxConfig(
                new Patches(config.size("patch_size_t", 1), patch, patch, Integer.MAX_VALUE),
                heads,
                headWidth,
                inChannels,
                config.size("out_channels", inChannels),
                config.size("caption_channels", 4096),
                config.size("num_layers", 28),
                config.positive("norm_eps", 1e-6));
    }

    int width() {
        return heads * headWidth;
    }

    int feedForward() {
        return FEED_FORWARD * width();
    }

    /**
     * The patches that latents of {@code shape} are cut into.
     *
     * @throws IllegalArgumentException if they do not fit the model
     */
    PatchGrid grid(LatentShape shape) {
        if (shape.channels() * patches.volume() != inChannels) {
            throw new IllegalArgumentException("latents have " + shape.channels() + " channels in patches of "
                    + patches.volume() + ", the model takes " + inChannels + " numbers a patch");
        }
        return patches.grid(shape);
    }

    ForwardCost cost(LatentShape latents, int textTokens, boolean timePerToken) {
        return cost(timePerToken).forward(grid(latents).tokens(), textTokens);
    }

    TransformerCost cost(boolean timePerToken) {
        return new TransformerCost(
                width(), layers, feedForward(), textWidth, TIME_WIDTH, inChannels, outChannels, timePerToken);
    }
}
