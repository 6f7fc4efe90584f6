package io.flowblend.model.ltx.vae;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.model.vae.VaePlan;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code config.json} of an {@code AutoencoderKLLTXVideo}, in the first layout or that of 0.9.5. Keys that were added
 * later may be absent and then have the value that older files imply. Refused are what no published file of the two
 * layouts has: patches in time, an encoder that looks ahead.
 *
 * @param videoChannels channels of the encoder's input ({@code in_channels})
 * @param frameChannels channels of the decoder's output ({@code out_channels})
 * @param latentChannels channels of the latents
 * @param patch pixels a side that the first layer takes together as channels ({@code patch_size})
 * @param encoder the encoder's blocks, from pixels to latents
 * @param encoderMiddle residual blocks between the encoder's last block and the latents
 * @param decoder the decoder's blocks, from latents to pixels
 * @param decoderMiddle residual blocks between the latents and the decoder's first block
 * @param decoderMiddleNoisy whether noise is added in them
 * @param decoderCausal whether the decoder looks at no later frames
 * @param timeConditioned whether the decoder is told a noise level
 * @param shortcutEpsilon of the norms before the shortcuts ({@code resnet_norm_eps})
 * @param scalingFactor by which normalised latents are multiplied in addition
 */
record LtxVaeConfig(
        ConfigFile file,
        int videoChannels,
        int frameChannels,
        int latentChannels,
        int patch,
        List<Down> encoder,
        int encoderMiddle,
        List<Up> decoder,
        int decoderMiddle,
        boolean decoderMiddleNoisy,
        boolean decoderCausal,
        boolean timeConditioned,
        double shortcutEpsilon,
        double scalingFactor) {
    /** Tensors that hold the statistics of the latents. */
    static final String MEANS = "latents_mean";

    static final String DEVIATIONS = "latents_std";

    private static final String ARCHITECTURE = "AutoencoderKLLTXVideo";
    private static final String FIRST = "LTXVideoDownBlock3D";
    private static final String LATER = "LTXVideo095DownBlock3D";
    private static final List<Integer> WIDTHS = List.of(128, 256, 512, 512);
    private static final List<Integer> BLOCKS = List.of(4, 3, 3, 3, 4);
    private static final List<Boolean> SCALES = List.of(true, true, true, false);

    /**
     * A block of the encoder: residual blocks at {@code in} channels, then a step to {@code out} channels.
     *
     * @param time factor by which the step divides the frames, 1 or 2
     * @param side factor by which it divides height and width, 1 or 2
     * @param strided whether the step is a convolution with a stride followed by a residual block that widens, as in the
     *     first layout, or else a convolution whose pixels become channels
     */
    record Down(int blocks, int in, int out, int time, int side, boolean strided) {}

    /**
     * A block of the decoder: a residual block from {@code in} to {@code out} channels if they differ, then the step to twice
     * the resolution in time and space, then residual blocks at {@code out} channels.
     *
     * @param narrowing factor by which the step divides the channels; they are multiplied by it before {@code in}
     * @param residual whether the step adds its input, enlarged
     * @param noisy whether noise is added in the blocks
     */
    record Up(int blocks, int in, int out, int narrowing, boolean enlarges, boolean residual, boolean noisy) {}

    static LtxVaeConfig read(Path folder) {
        ConfigFile file = ConfigFile.in(folder, ModelPart.DECODER);
        if (!file.architecture().equals(ARCHITECTURE)) {
            throw file.unsupported("_class_name", ARCHITECTURE);
        }
        ConfigContract.LTX_VAE.check(file);
        List<Integer> encoderBlocks = file.sizes("layers_per_block", BLOCKS);
        List<Integer> decoderBlocks = file.sizes("decoder_layers_per_block", BLOCKS);
        boolean timeConditioned = file.flag("timestep_conditioning", false);
        List<Boolean> noisy = noisy(file, decoderBlocks.size());
        return new LtxVaeConfig(
                file,
                file.size("in_channels", 3),
                file.size("out_channels", 3),
                file.size("latent_channels", 128),
                file.size("patch_size", 4),
                downs(file, encoderBlocks),
                encoderBlocks.get(encoderBlocks.size() - 1),
                ups(file, decoderBlocks, timeConditioned, noisy),
                decoderBlocks.get(decoderBlocks.size() - 1),
                noisy.get(decoderBlocks.size() - 1),
                file.flag("decoder_causal", false),
                timeConditioned,
                file.positive("resnet_norm_eps", 1e-6),
                file.positive("scaling_factor", 1));
    }

    private static List<Down> downs(ConfigFile file, List<Integer> blocks) {
        List<Integer> widths = file.sizes("block_out_channels", WIDTHS);
        List<String> types = file.texts("down_block_types", Collections.nCopies(WIDTHS.size(), FIRST));
        boolean later = types.contains(LATER);
        int count = widths.size() - (later ? 1 : 0);
        requireCount(file, "block_out_channels", widths, Math.max(count, 1) + (later ? 1 : 0));
        requireCount(file, "down_block_types", types, count);
        if (!types.equals(Collections.nCopies(count, later ? LATER : FIRST))) {
            throw file.unsupported("down_block_types", FIRST + " everywhere or " + LATER + " everywhere");
        }
        requireCount(file, "layers_per_block", blocks, count + 1);
        List<Boolean> scales =
                requireCount(file, "spatio_temporal_scaling", file.flags("spatio_temporal_scaling", SCALES), count);
        List<String> kinds = later
                ? requireCount(
                        file,
                        "downsample_type",
                        file.texts("downsample_type", Collections.nCopies(count, "conv")),
                        count)
                : Collections.nCopies(count, "conv");
        List<Down> downs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int out = later ? widths.get(i + 1) : widths.get(Math.min(i + 1, count - 1));
            downs.add(down(file, later, blocks.get(i), widths.get(i), out, scales.get(i) ? kinds.get(i) : "none"));
        }
        return List.copyOf(downs);
    }

    private static Down down(ConfigFile file, boolean later, int blocks, int in, int out, String kind) {
        Down down =
                switch (kind) {
                    case "none" -> new Down(blocks, in, out, 1, 1, true);
                    case "conv" -> new Down(blocks, in, out, 2, 2, true);
                    case "spatial" -> new Down(blocks, in, out, 1, 2, false);
                    case "temporal" -> new Down(blocks, in, out, 2, 1, false);
                    case "spatiotemporal" -> new Down(blocks, in, out, 2, 2, false);
                    default -> throw file.unsupported("downsample_type", "conv, spatial, temporal and spatiotemporal");
                };
        int folded = down.time * down.side * down.side;
        if (down.strided ? later && in != out : out % folded != 0 || in * folded % out != 0) {
            throw file.unsupported(
                    "block_out_channels", "widths that '" + kind + "' downsampling can lead from one to the next");
        }
        return down;
    }

    /** For each group of the decoder's blocks, in the config's order; a list without noise may have any length. */
    private static List<Boolean> noisy(ConfigFile file, int groups) {
        List<Boolean> noisy = file.flags("decoder_inject_noise", List.of());
        return noisy.contains(true)
                ? requireCount(file, "decoder_inject_noise", noisy, groups)
                : Collections.nCopies(groups, false);
    }

    private static List<Up> ups(ConfigFile file, List<Integer> blocks, boolean timeConditioned, List<Boolean> noisy) {
        List<Integer> widths = file.sizes("decoder_block_out_channels", WIDTHS);
        int count = widths.size();
        requireCount(file, "decoder_block_out_channels", widths, Math.max(count, 1));
        requireCount(file, "decoder_layers_per_block", blocks, count + 1);
        List<Boolean> scales = requireCount(
                file, "decoder_spatio_temporal_scaling", file.flags("decoder_spatio_temporal_scaling", SCALES), count);
        List<Boolean> residuals = requireCount(
                file, "upsample_residual", file.flags("upsample_residual", Collections.nCopies(count, false)), count);
        List<Integer> factors = requireCount(
                file, "upsample_factor", file.sizes("upsample_factor", Collections.nCopies(count, 1)), count);
        List<Up> ups = new ArrayList<>();
        int in = widths.get(count - 1);
        for (int i = count - 1; i >= 0; i--) {
            int factor = factors.get(i);
            Up up = new Up(
                    blocks.get(i),
                    in / factor,
                    widths.get(i) / factor,
                    factor,
                    scales.get(i),
                    residuals.get(i),
                    noisy.get(i));
            boolean oneWidth = timeConditioned || up.noisy;
            boolean fits = in % factor == 0 && 8 % factor == 0 && (factor == 1 || (up.enlarges && widths.get(i) == in));
            if (!fits || (oneWidth && up.in != up.out) || (up.residual && up.out * factor % 8 != 0)) {
                throw file.unsupported(
                        "decoder_block_out_channels",
                        "widths that 'upsample_factor' leads from one to the next"
                                + (timeConditioned ? " ('timestep_conditioning' is true)" : "")
                                + (up.noisy ? " ('decoder_inject_noise' is true)" : ""));
            }
            ups.add(up);
            in = up.out;
        }
        return List.copyOf(ups);
    }

    private static <T> List<T> requireCount(ConfigFile file, String key, List<T> values, int count) {
        if (values.size() != count) {
            throw file.unsupported(key, "a list of " + count);
        }
        return values;
    }

    /** Channels of the encoder's first layer. */
    int encoderFirst() {
        return encoder.get(0).in;
    }

    /** Channels of the encoder's last layer. */
    int encoderLast() {
        return encoder.get(encoder.size() - 1).out;
    }

    /** Channels of the decoder's first layer. */
    int decoderFirst() {
        return decoder.get(0).in * decoder.get(0).narrowing;
    }

    /** Channels of the decoder's last layer. */
    int decoderLast() {
        return decoder.get(decoder.size() - 1).out;
    }

    /** What it says of the size of the decoding half. */
    VaePlan plan(int transformerPatch) {
        return new VaePlan(grid(transformerPatch), frameChannels(), this::workingNumbers);
    }

    /** @param transformerPatch latents a side of the patches of the pair's transformers */
    LatentGrid grid(int transformerPatch) {
        return new LatentGrid(latentChannels, spatialFactor(), temporalFactor(), transformerPatch);
    }

    /** Pixels along one side of a latent, as the decoder makes them. */
    int spatialFactor() {
        return patch * temporalFactor();
    }

    /** Frames that one latent frame behind the first stands for, as the decoder makes them. */
    int temporalFactor() {
        return 1 << decoder.stream().filter(Up::enlarges).count();
    }

    /**
     * Numbers that decoding holds at once besides the weights and the finished frames, for frames or tiles of
     * {@code height x width} latents: what every convolution keeps of three frames, and four tensors of the few frames that
     * the most demanding layer is given at once.
     */
    private double workingNumbers(long height, long width) {
        long pixels = height * width;
        double kept = 3.0 * pixels * decoderFirst() * (1 + 2L * decoderMiddle);
        double most = Math.max(VaeFrames.SCRATCH, (double) pixels * decoderFirst());
        for (Up up : decoder) {
            pixels *= up.enlarges ? 4 : 1;
            kept += 3.0 * pixels * up.out * (2L * up.blocks + 1);
            most = Math.max(most, (double) pixels * Math.max(up.in, up.out));
        }
        return kept + 4 * most;
    }

    /** Of the latents, divided by the scaling factor; they live as long as {@code weights}. */
    LatentStatistics statistics(Weights weights) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor deviations = weights.tensor(DEVIATIONS, latentChannels);
            return LatentStatistics.of(
                    weights.tensor(MEANS, latentChannels),
                    scalingFactor == 1 ? deviations : deviations.div(new Scalar(scalingFactor)),
                    weights);
        }
    }

    /** Fails unless both halves, and the ratios that the file gives, agree on what one latent stands for. */
    void requireOneGrid() {
        int side = encoder.stream().mapToInt(Down::side).reduce(patch, (a, b) -> a * b);
        int time = encoder.stream().mapToInt(Down::time).reduce(1, (a, b) -> a * b);
        if (side != spatialFactor() || time != temporalFactor()) {
            throw file.unsupported(
                    "decoder_spatio_temporal_scaling",
                    "what undoes the encoder's, which makes one latent of " + time + " frames of " + side + "x" + side);
        }
        file.requireIfPresent("spatial_compression_ratio", Integer.toString(side));
        file.requireIfPresent("temporal_compression_ratio", Integer.toString(time));
    }
}
