package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One half of the autoencoder: layers from first to last convolution, with a norm and SiLU before the last. */
final class WanVaeNetwork {
    private final List<WanVaeLayer> layers;
    private final WanVaeNorm lastNorm;
    private final WanVaeCausalConv lastConv;

    private WanVaeNetwork(List<WanVaeLayer> layers, WanVaeNorm lastNorm, WanVaeCausalConv lastConv) {
        this.layers = List.copyOf(layers);
        this.lastNorm = lastNorm;
        this.lastConv = lastConv;
    }

    /** From video to the means and log variances of the latents. */
    static WanVaeNetwork encoder(WanVaeConfig config, Weights weights) {
        List<WanVaeLayer> layers = new ArrayList<>();
        layers.add(conv(weights, "encoder.conv_in", config.videoChannels(), config.encoderDim()));
        int stages = config.multipliers().size();
        int index = 0;
        double scale = 1;
        long in = config.encoderDim();
        for (int stage = 0; stage < stages; stage++) {
            long out = config.encoderDim() * config.multipliers().get(stage);
            for (int block = 0; block < config.residualBlocks(); block++) {
                layers.add(WanVaeResidualBlock.read(weights, "encoder.down_blocks." + index++, in, out));
                if (config.attentionScales().contains(scale)) {
                    layers.add(WanVaeAttention.read(weights, "encoder.down_blocks." + index++, out));
                }
                in = out;
            }
            if (stage < stages - 1) {
                boolean halvesTime = config.halvesTime().get(stage);
                layers.add(WanVaeDownsample.read(weights, "encoder.down_blocks." + index++, out, halvesTime));
                scale /= 2;
            }
        }
        addMiddle(layers, weights, "encoder.mid_block", in);
        return new WanVaeNetwork(
                layers,
                WanVaeNorm.read(weights, "encoder.norm_out", in, true),
                conv(weights, "encoder.conv_out", in, 2L * config.latentChannels()));
    }

    /** From latents to video. */
    static WanVaeNetwork decoder(WanVaeConfig config, Weights weights) {
        int stages = config.multipliers().size();
        long in = config.decoderDim() * config.multipliers().get(stages - 1);
        List<WanVaeLayer> layers = new ArrayList<>();
        layers.add(conv(weights, "decoder.conv_in", config.latentChannels(), in));
        addMiddle(layers, weights, "decoder.mid_block", in);
        for (int stage = 0; stage < stages; stage++) {
            String name = "decoder.up_blocks." + stage;
            long out = config.decoderDim() * config.multipliers().get(stages - 1 - stage);
            for (int block = 0; block <= config.residualBlocks(); block++) {
                layers.add(WanVaeResidualBlock.read(weights, name + ".resnets." + block, in, out));
                in = out;
            }
            if (stage < stages - 1) {
                boolean doublesTime = config.halvesTime().get(stages - 2 - stage);
                layers.add(WanVaeUpsample.read(weights, name + ".upsamplers.0", out, doublesTime));
                in = out / 2;
            }
        }
        return new WanVaeNetwork(
                layers,
                WanVaeNorm.read(weights, "decoder.norm_out", in, true),
                conv(weights, "decoder.conv_out", in, config.frameChannels()));
    }

    private static WanVaeCausalConv conv(Weights weights, String name, long in, long out) {
        return WanVaeCausalConv.read(weights, name, in, out, 3, 1);
    }

    private static void addMiddle(List<WanVaeLayer> layers, Weights weights, String name, long channels) {
        layers.add(WanVaeResidualBlock.read(weights, name + ".resnets.0", channels, channels));
        layers.add(WanVaeAttention.read(weights, name + ".attentions.0", channels));
        layers.add(WanVaeResidualBlock.read(weights, name + ".resnets.1", channels, channels));
    }

    /** The next chunk of a video, frames {@code [T, C, H, W]}, through all layers; each layer's output lives until the next. */
    Tensor apply(Tensor chunk, WanVaeHistory history) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = VaeFrames.channelsLast(chunk);
            for (WanVaeLayer layer : layers) {
                Tensor next = layer.apply(frames, history);
                frames.close();
                frames = next;
            }
            return scope.keep(lastConv.apply(lastNorm.applyWithSilu(frames), history));
        }
    }
}
