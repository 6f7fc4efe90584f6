package io.flowblend.model.wan.vae;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.model.vae.VaePlan;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code config.json} of an {@code AutoencoderKLWan} in the layout of Wan 2.1. Keys that were added later may be absent
 * and then have the value that older files imply; the residual, patched layout of Wan 2.2 is refused.
 *
 * @param file the file that was read
 * @param encoderDim channels of the encoder at full resolution ({@code base_dim})
 * @param decoderDim channels of the decoder at full resolution ({@code decoder_base_dim}, else {@code base_dim})
 * @param latentChannels channels of the latents ({@code z_dim})
 * @param multipliers channels of each resolution, finest first, as multiples of the base ({@code dim_mult})
 * @param residualBlocks residual blocks of each resolution in the encoder; the decoder has one more
 * @param attentionScales scales (1, 0.5, ...) at which the encoder's residual blocks are followed by attention
 * @param halvesTime whether the step from a resolution to the next coarser one also halves the frames, finest first
 * @param videoChannels channels of the encoder's input ({@code in_channels})
 * @param frameChannels channels of the decoder's output ({@code out_channels})
 * @param latentMeans mean of each latent channel
 * @param latentDeviations standard deviation of each latent channel
 */
record WanVaeConfig(
        Path file,
        long encoderDim,
        long decoderDim,
        int latentChannels,
        List<Long> multipliers,
        int residualBlocks,
        List<Double> attentionScales,
        List<Boolean> halvesTime,
        int videoChannels,
        int frameChannels,
        List<Double> latentMeans,
        List<Double> latentDeviations) {
    private static final String ARCHITECTURE = "AutoencoderKLWan";
    private static final int LARGEST = 1_000_000;

    static WanVaeConfig read(Path folder) {
        ConfigFile config = ConfigFile.in(folder, ModelPart.DECODER);
        Path file = config.file();
        JsonNode root = config.tree();
        if (!root.path("_class_name").asText().equals(ARCHITECTURE)) {
            throw new InvalidFileException(
                    file, "'_class_name' is " + root.path("_class_name") + ", expected \"" + ARCHITECTURE + "\"");
        }
        refuseWan22(file, root);
        ConfigContract.WAN_VAE.check(config);
        int baseDim = count(file, root, "base_dim");
        List<Long> multipliers =
                list(file, root, "dim_mult", "integers from 1", WanVaeConfig::isCount, JsonNode::asLong);
        List<Boolean> halvesTime =
                list(file, root, "temperal_downsample", "booleans", JsonNode::isBoolean, JsonNode::asBoolean);
        if (multipliers.isEmpty() || halvesTime.size() != multipliers.size() - 1) {
            throw new InvalidFileException(
                    file,
                    "'temperal_downsample' has " + halvesTime.size() + " entries and 'dim_mult' " + multipliers.size()
                            + ", expected one fewer than in 'dim_mult'");
        }
        return new WanVaeConfig(
                file,
                baseDim,
                root.hasNonNull("decoder_base_dim") ? count(file, root, "decoder_base_dim") : baseDim,
                count(file, root, "z_dim"),
                multipliers,
                count(file, root, "num_res_blocks"),
                list(file, root, "attn_scales", "numbers", JsonNode::isNumber, JsonNode::asDouble),
                halvesTime,
                root.has("in_channels") ? count(file, root, "in_channels") : 3,
                root.has("out_channels") ? count(file, root, "out_channels") : 3,
                list(file, root, "latents_mean", "numbers", JsonNode::isNumber, JsonNode::asDouble),
                list(
                        file,
                        root,
                        "latents_std",
                        "numbers above 0",
                        n -> n.isNumber() && n.asDouble() > 0,
                        JsonNode::asDouble));
    }

    private static void refuseWan22(Path file, JsonNode root) {
        if (root.path("is_residual").asBoolean(false)) {
            throw new InvalidFileException(
                    file, "'is_residual' is true (the autoencoder of Wan 2.2); supported is false (that of Wan 2.1)");
        }
        if (root.hasNonNull("patch_size")) {
            throw new InvalidFileException(
                    file,
                    "'patch_size' is " + root.path("patch_size")
                            + " (the autoencoder of Wan 2.2); supported is null (that of Wan 2.1)");
        }
    }

    private static int count(Path file, JsonNode root, String key) {
        if (!isCount(root.path(key))) {
            throw new InvalidFileException(
                    file, "'" + key + "' is " + shown(root, key) + ", expected an integer from 1 to " + LARGEST);
        }
        return root.path(key).asInt();
    }

    private static boolean isCount(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt() && node.asInt() >= 1 && node.asInt() <= LARGEST;
    }

    private static <T> List<T> list(
            Path file,
            JsonNode root,
            String key,
            String expected,
            Function<JsonNode, Boolean> valid,
            Function<JsonNode, T> value) {
        JsonNode node = root.path(key);
        List<T> values = new ArrayList<>();
        boolean good = node.isArray();
        for (JsonNode element : node) {
            good &= valid.apply(element);
            values.add(value.apply(element));
        }
        if (!good) {
            throw new InvalidFileException(
                    file, "'" + key + "' is " + shown(root, key) + ", expected a list of " + expected);
        }
        return List.copyOf(values);
    }

    private static String shown(JsonNode root, String key) {
        return root.has(key) ? root.path(key).toString() : "missing";
    }

    /** One mean and one deviation for each latent channel; they live as long as {@code weights}. */
    LatentStatistics statistics(Weights weights) {
        if (latentMeans.size() != latentChannels || latentDeviations.size() != latentChannels) {
            throw new InvalidFileException(
                    file,
                    "'latents_mean' has " + latentMeans.size() + " and 'latents_std' " + latentDeviations.size()
                            + " values, expected 'z_dim' = " + latentChannels + " each");
        }
        try (TensorScope scope = TensorScope.open()) {
            return LatentStatistics.of(vector(latentMeans), vector(latentDeviations), weights);
        }
    }

    private static Tensor vector(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return TensorData.floats(floats, floats.length);
    }

    /** What it says of the size of the decoding half. */
    VaePlan plan(int transformerPatch) {
        return new VaePlan(grid(transformerPatch), frameChannels(), this::workingNumbers);
    }

    /** @param transformerPatch latents a side of the patches of the pair's transformers */
    LatentGrid grid(int transformerPatch) {
        return new LatentGrid(latentChannels, spatialFactor(), temporalFactor(), transformerPatch);
    }

    /** Pixels along one side of a latent. */
    int spatialFactor() {
        return 1 << halvesTime.size();
    }

    /** Frames that one latent frame behind the first stands for. */
    int temporalFactor() {
        return 1 << halvesTime.stream().filter(halves -> halves).count();
    }

    /**
     * Numbers that decoding holds at once besides the weights and the finished frames, for frames or tiles of
     * {@code height x width} latents: what every convolution over time remembers of two frames, and at the most demanding
     * resolution five tensors of a chunk and the images that one convolution is folded into.
     */
    private double workingNumbers(long height, long width) {
        int stages = multipliers.size();
        double remembered = 0;
        double most = 0;
        long in = decoderDim * multipliers.get(stages - 1);
        long pixels = height * width;
        int frames = 1;
        for (int stage = 0; stage < stages; stage++) {
            long out = decoderDim * multipliers.get(stages - 1 - stage);
            long widest = Math.max(in, out);
            remembered += 2.0 * pixels * (in + out * (2L * residualBlocks + 1));
            most = Math.max(most, pixels * 5.0 * widest * frames + Math.max(VaeFrames.SCRATCH, 3.0 * widest * pixels));
            if (stage < stages - 1) {
                frames *= halvesTime.get(stages - 2 - stage) ? 2 : 1;
                pixels *= 4;
                in = out / 2;
            }
        }
        return remembered + most;
    }
}
