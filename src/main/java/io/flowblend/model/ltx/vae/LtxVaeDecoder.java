package io.flowblend.model.ltx.vae;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VideoSteps;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.Tiling;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.model.vae.VaeLoading;
import io.flowblend.model.vae.VaePlan;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The decoding half of LTX-Video's autoencoder ({@code AutoencoderKLLTXVideo} of Hugging Face diffusers 0.42.1), in the first
 * layout and that of 0.9.5. The first latent frame gives one frame, each later one gives {@link
 * LtxVaeConfig#temporalFactor()}, though all depend on latent frames before and after. Frames are made a few at a time and
 * large ones in tiles, so memory grows neither with the number of frames nor with their size, apart from the frames
 * themselves.
 */
public final class LtxVaeDecoder implements LatentDecoder {
    /** Latents a side of the patches of every published LTX transformer. */
    private static final int TRANSFORMER_PATCH = 1;

    /** Of the noise that is mixed into latents; always the same, so that equal latents give equal frames. */
    private static final long NOISE_SEED = 0;

    private final LtxVaeConfig config;
    private final Weights weights;
    private final LtxVaeDecoding decoding;
    private final LtxVaeNetwork network;
    private final Optional<LatentStatistics> statistics;
    private final LatentGrid grid;

    private LtxVaeDecoder(
            LtxVaeConfig config, Weights weights, boolean normalised, int transformerPatch, LtxVaeDecoding decoding) {
        this.config = config;
        this.weights = weights;
        this.decoding = decoding;
        this.network = LtxVaeNetwork.decoder(config, weights, decoding.timestep());
        this.statistics = normalised ? Optional.of(config.statistics(weights)) : Optional.empty();
        this.grid = config.grid(transformerPatch);
        VaeLoading.requireOthersFrom(weights, "encoder.", LtxVaeConfig.MEANS, LtxVaeConfig.DEVIATIONS);
    }

    /** The decoder in {@code folder} (diffusers layout), for transformers with patches of one latent. */
    public static LtxVaeDecoder load(Path folder) {
        return load(folder, TRANSFORMER_PATCH, LtxVaeDecoding.RECOMMENDED);
    }

    /** As {@link #load(Path, int, LtxVaeDecoding, Placement)}, on the CPU. */
    public static LtxVaeDecoder load(Path folder, int transformerPatch, LtxVaeDecoding decoding) {
        return load(folder, transformerPatch, decoding, Placement.CPU);
    }

    /**
     * @param transformerPatch latents a side of the patches of the pair's transformers; sizes have to fit them
     * @param placement tells the device; it is float32 on each
     */
    public static LtxVaeDecoder load(Path folder, int transformerPatch, LtxVaeDecoding decoding, Placement placement) {
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        config.requireOneGrid();
        return VaeLoading.load(folder, placement, w -> new LtxVaeDecoder(config, w, true, transformerPatch, decoding));
    }

    /** What the config in {@code folder} says of its size. */
    public static VaePlan plan(Path folder, int transformerPatch) {
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        config.requireOneGrid();
        return config.plan(transformerPatch);
    }

    /**
     * A decoder for raw latents alone ({@link #decodeRaw}), which needs no statistics of the latents.
     *
     * @param timestep the noise level that a decoder with {@code timestep_conditioning} is told, 0..1
     */
    public static LtxVaeDecoder loadRaw(Path folder, double timestep, Placement placement) {
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        LtxVaeDecoding decoding = new LtxVaeDecoding(timestep, 0);
        return VaeLoading.load(
                folder, placement, w -> new LtxVaeDecoder(config, w, false, TRANSFORMER_PATCH, decoding));
    }

    @Override
    public Tensor decode(Tensor latents) {
        LatentStatistics scale = statistics.orElseThrow(
                () -> new IllegalStateException("decoder was loaded for raw latents, without their statistics"));
        grid.requireLatents(latents);
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = decodeRaw(noisy(scale.toRaw(weights.placement().here(latents))));
            return scope.keep(frames.mul_(new Scalar(0.5))
                    .add_(new Scalar(0.5))
                    .clamp_(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0))));
        }
    }

    /** {@code (1 - s) z + s noise}, where the decoder is told a noise level; the same noise for each video of a batch. */
    private Tensor noisy(Tensor raw) {
        double share = decoding.noiseScale();
        if (!config.timeConditioned() || share == 0) {
            return raw;
        }
        Tensor noise = SeededNoise.tensor(NOISE_SEED, 1, raw.size(1), raw.size(2), raw.size(3), raw.size(4));
        return raw.mul_(new Scalar(1 - share)).add_(noise.to(raw).mul_(new Scalar(share)));
    }

    /** Frames {@code [B, 3, F, H, W]}, not clamped to -1..1, from raw latents {@code [B, C, f, h, w]} as they are. */
    public Tensor decodeRaw(Tensor latents) {
        return decodeRaw(latents, Tiling.standard(config.spatialFactor()));
    }

    Tensor decodeRaw(Tensor given, Tiling tiling) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = grid.decode(
                    weights.placement().here(given),
                    config.frameChannels(),
                    (video, latents) -> tiling.decode(latents, video, this::decodeTile));
            return scope.keep(frames);
        }
    }

    /** Decodes latents [C, f, h, w] and hands on the frames, a few at a time, [n, 3, H, W]. */
    private void decodeTile(Tensor latents, Consumer<Tensor> made) {
        try (TensorScope scope = TensorScope.open()) {
            network.apply(latents.transpose(0, 1), folded -> made.accept(unpatched(folded)));
        }
    }

    /** Channels are ordered by column within the patch, then by row; {@link VaeFrames#unfold} takes rows first. */
    private Tensor unpatched(Tensor folded) {
        return VaeFrames.unfold(folded.transpose(2, 3), 1, config.patch()).transpose(2, 3);
    }

    @Override
    public long workingBytes(LatentShape latents) {
        return config.plan(grid.patch()).workingBytes(latents);
    }

    @Override
    public VideoSteps steps() {
        return grid.steps();
    }

    @Override
    public LatentShape latentShape(int frames, int height, int width) {
        return grid.shape(frames, height, width);
    }

    public long parameters() {
        return weights.parameters();
    }

    @Override
    public void close() {
        weights.close();
    }
}
