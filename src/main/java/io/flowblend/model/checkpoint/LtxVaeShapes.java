package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The config of an {@code AutoencoderKLLTXVideo} from its tensors (by the names of diffusers): widths, counts and kinds of
 * blocks stand in them. Whether an upsampling adds its input, and whether the decoder is causal, stands in the metadata; files
 * without that (0.9 and 0.9.1) add it where the upsampling narrows, and are not causal.
 */
final class LtxVaeShapes {
    private static final int COLOURS = 3;

    private final WeightFiles files;
    private final Shapes shapes;
    private final JsonNode said;

    LtxVaeShapes(WeightFiles files) {
        this.files = files;
        this.shapes = new Shapes(files);
        this.said = LtxMetadata.of(files, "vae");
    }

    ObjectNode config() {
        LtxMetadata.require(files, said, "norm_layer", "pixel_norm");
        LtxMetadata.require(files, said, "spatial_padding_mode", "zeros");
        LtxMetadata.require(files, said, "use_quant_conv", "false");
        long folded = shapes.size("encoder.conv_in.conv.weight", 1);
        long patch = Math.round(Math.sqrt(folded / (double) COLOURS));
        if (patch < 1 || COLOURS * patch * patch != folded) {
            throw shapes.unclear("its encoder reads " + folded + " channels, which are no square patches of pixels");
        }
        ObjectNode config = JsonNodeFactory.instance
                .objectNode()
                .put("_class_name", LtxVaeLayout.CLASS)
                .put("latent_channels", shapes.size("decoder.conv_in.conv.weight", 1))
                .put("out_channels", shapes.size("decoder.conv_out.conv.weight", 0) / (patch * patch))
                .put("patch_size", patch)
                .put("scaling_factor", said.path("scaling_factor").asDouble(1))
                .put("decoder_causal", said.path("causal_decoder").asBoolean(false))
                .put("timestep_conditioning", shapes.has("decoder.time_embedder.timestep_embedder.linear_1.weight"));
        addEncoder(config);
        addDecoder(config);
        return config;
    }

    private void addEncoder(ObjectNode config) {
        int stages = shapes.count("encoder\\.down_blocks\\.(\\d+)\\.");
        boolean folds = false;
        for (int i = 0; i < stages; i++) {
            folds |= shapes.has(downsampler(i) + "conv.conv.weight");
        }
        ArrayNode widths = config.putArray("block_out_channels");
        ArrayNode layers = config.putArray("layers_per_block");
        ArrayNode scales = config.putArray("spatio_temporal_scaling");
        ArrayNode types = config.putArray("down_block_types");
        ArrayNode kinds = config.putArray("downsample_type");
        for (int i = 0; i < stages; i++) {
            boolean strided = shapes.has(downsampler(i) + "conv.weight");
            boolean folding = shapes.has(downsampler(i) + "conv.conv.weight");
            widths.add(width(down(i)));
            layers.add(residuals(down(i)));
            scales.add(strided || folding);
            types.add(folds ? "LTXVideo095DownBlock3D" : "LTXVideoDownBlock3D");
            kinds.add(folding ? folding(i, i + 1 < stages ? down(i + 1) : "encoder.mid_block.") : "conv");
        }
        layers.add(residuals("encoder.mid_block."));
        if (folds) {
            widths.add(width("encoder.mid_block."));
        }
    }

    /** How many pixels the downsampling makes channels of: what it widens by is what its convolution lacks of the next width. */
    private String folding(int stage, String next) {
        long out = width(next);
        long made = shapes.size(downsampler(stage) + "conv.conv.weight", 0);
        return switch ((int) (made == 0 || out % made != 0 ? 0 : out / made)) {
            case 2 -> "temporal";
            case 4 -> "spatial";
            case 8 -> "spatiotemporal";
            default -> throw shapes.unclear(
                    "its downsampling " + stage + " makes " + made + " channels where " + out + " follow");
        };
    }

    private void addDecoder(ObjectNode config) {
        int stages = shapes.count("decoder\\.up_blocks\\.(\\d+)\\.");
        List<Boolean> residual = residual(stages);
        ArrayNode widths = config.putArray("decoder_block_out_channels");
        ArrayNode layers = config.putArray("decoder_layers_per_block");
        ArrayNode scales = config.putArray("decoder_spatio_temporal_scaling");
        ArrayNode noisy = config.putArray("decoder_inject_noise");
        ArrayNode residuals = config.putArray("upsample_residual");
        ArrayNode factors = config.putArray("upsample_factor");
        for (int i = stages - 1; i >= 0; i--) { // a config begins with the finest, the decoder's last
            widths.add(width(up(i)) * narrowing(i));
            layers.add(residuals(up(i)));
            scales.add(shapes.has(upsampler(i)));
            noisy.add(shapes.has(up(i) + "resnets.0.per_channel_scale1"));
            residuals.add(residual.get(i));
            factors.add(narrowing(i));
        }
        layers.add(residuals("decoder.mid_block."));
        noisy.add(shapes.has("decoder.mid_block.resnets.0.per_channel_scale1"));
    }

    /** For each block of the decoder, in its order. */
    private List<Boolean> residual(int stages) {
        List<JsonNode> told = new ArrayList<>(steps());
        List<Boolean> residual = new ArrayList<>();
        for (int i = 0; i < stages; i++) {
            Optional<JsonNode> step =
                    shapes.has(upsampler(i)) && !told.isEmpty() ? Optional.of(told.remove(0)) : Optional.empty();
            int narrowing = narrowing(i);
            residual.add(step.map(node -> node.path(1).path("residual").asBoolean(false))
                    .orElse(narrowing > 1));
        }
        return residual;
    }

    /** The upsamplings that the metadata lists, in the decoder's order; others than of time and space at once are refused. */
    private List<JsonNode> steps() {
        List<JsonNode> steps = new ArrayList<>();
        for (JsonNode block : said.path("decoder_blocks")) {
            String kind = block.path(0).asText();
            if (kind.equals("compress_all")) {
                steps.add(block);
            } else if (!kind.equals("res_x") && !kind.equals("res_x_y")) {
                throw shapes.unclear("its decoder has a block '" + kind + "'");
            }
        }
        Collections.reverse(steps);
        return steps;
    }

    /** Factor by which the upsampling of a block divides the channels. */
    private int narrowing(int stage) {
        if (!shapes.has(upsampler(stage))) {
            return 1;
        }
        return (int) Math.max(1, 8 * shapes.size(upsampler(stage), 1) / Math.max(1, shapes.size(upsampler(stage), 0)));
    }

    private long width(String blocks) {
        return shapes.size(blocks + "resnets.0.conv1.conv.weight", 0);
    }

    private int residuals(String blocks) {
        return shapes.count(blocks.replace(".", "\\.") + "resnets\\.(\\d+)\\.");
    }

    private static String down(int stage) {
        return "encoder.down_blocks." + stage + ".";
    }

    private static String downsampler(int stage) {
        return down(stage) + "downsamplers.0.";
    }

    private static String up(int stage) {
        return "decoder.up_blocks." + stage + ".";
    }

    private static String upsampler(int stage) {
        return up(stage) + "upsamplers.0.conv.conv.weight";
    }
}
