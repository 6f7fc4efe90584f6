package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Wan 2.1's autoencoder as Wan-Video publishes it and ComfyUI keeps it. */
final class WanVaeLayout implements Layout {
    private static final String CLASS = "AutoencoderKLWan";
    private static final String ORIGINAL = "decoder.middle.0.residual.0.gamma";
    private static final String UPSAMPLES = "decoder.upsamples.";

    /** Statistics of the 16 latent channels of Wan 2.1, by its own code. */
    private static final double[] MEANS = {
        -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922,
        -0.9497, 0.2503, -0.2921
    };

    private static final double[] DEVIATIONS = {
        2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253,
        2.8251, 1.9160
    };

    private static final Renaming NAMES = Renaming.of(
            "encoder.conv1", "encoder.conv_in",
            "decoder.conv1", "decoder.conv_in",
            "conv1", "quant_conv",
            "conv2", "post_quant_conv",
            "encoder.downsamples", "encoder.down_blocks",
            "middle.0", "mid_block.resnets.0",
            "middle.1", "mid_block.attentions.0",
            "middle.2", "mid_block.resnets.1",
            "head.0", "norm_out",
            "head.2", "conv_out",
            "residual.0", "norm1",
            "residual.2", "conv1",
            "residual.3", "norm2",
            "residual.6", "conv2",
            "shortcut", "conv_shortcut");

    @Override
    public Set<String> classes() {
        return Set.of(CLASS);
    }

    @Override
    public List<String> marks() {
        return List.of(ORIGINAL, "decoder.mid_block.resnets.0.norm1.gamma");
    }

    @Override
    public Function<String, Optional<String>> names(String mark, Set<String> all) {
        if (!mark.equals(ORIGINAL)) {
            return Optional::of;
        }
        Map<String, String> upBlocks = upBlocks(all);
        return name -> {
            String[] words = name.split("\\.", -1);
            if (!name.startsWith(UPSAMPLES) || words.length < 4) {
                return NAMES.name(name);
            }
            String block = UPSAMPLES + words[2];
            return Optional.of(
                    upBlocks.getOrDefault(block, block + ".") + NAMES.apply(name.substring(block.length() + 1)));
        };
    }

    /** Which block of which resolution each entry of the decoder's one list is; an upsampling ends a resolution. */
    private static Map<String, String> upBlocks(Set<String> all) {
        Map<String, String> blocks = new HashMap<>();
        int stage = 0;
        int residual = 0;
        for (int i = 0; hasBlock(all, i); i++) {
            boolean upsampling = all.contains(UPSAMPLES + i + ".resample.1.weight");
            String kind = upsampling ? "upsamplers.0." : "resnets." + residual + ".";
            blocks.put(UPSAMPLES + i, "decoder.up_blocks." + stage + "." + kind);
            residual = upsampling ? 0 : residual + 1;
            stage += upsampling ? 1 : 0;
        }
        return blocks;
    }

    private static boolean hasBlock(Set<String> all, int index) {
        return all.stream().anyMatch(name -> name.startsWith(UPSAMPLES + index + "."));
    }

    @Override
    public ObjectNode config(WeightFiles files) {
        Shapes shapes = new Shapes(files);
        long base = shapes.size("encoder.conv_in.weight", 0);
        int stages = shapes.count("decoder\\.up_blocks\\.(\\d+)\\.");
        ObjectNode config = JsonNodeFactory.instance
                .objectNode()
                .put("_class_name", CLASS)
                .put("base_dim", base)
                .put("z_dim", shapes.size("decoder.conv_in.weight", 1))
                .put("num_res_blocks", shapes.count("decoder\\.up_blocks\\.0\\.resnets\\.(\\d+)\\.") - 1)
                .put("in_channels", shapes.size("encoder.conv_in.weight", 1))
                .put("out_channels", shapes.size("decoder.conv_out.weight", 0));
        config.putArray("attn_scales");
        ArrayNode multipliers = config.putArray("dim_mult");
        ArrayNode halves = config.putArray("temperal_downsample");
        long decoderBase = shapes.size("decoder.conv_out.weight", 1);
        for (int stage = stages - 1; stage >= 0; stage--) { // the decoder's last is the finest
            multipliers.add(shapes.size("decoder.up_blocks." + stage + ".resnets.0.conv2.weight", 0) / decoderBase);
            if (stage > 0) {
                halves.add(shapes.has("decoder.up_blocks." + (stage - 1) + ".upsamplers.0.time_conv.weight"));
            }
        }
        config.put("decoder_base_dim", decoderBase);
        if (config.path("z_dim").asInt() != MEANS.length) {
            throw shapes.unclear("it has " + config.path("z_dim") + " latent channels, whose statistics are not known");
        }
        Arrays.stream(MEANS).forEach(config.putArray("latents_mean")::add);
        Arrays.stream(DEVIATIONS).forEach(config.putArray("latents_std")::add);
        return config;
    }
}
