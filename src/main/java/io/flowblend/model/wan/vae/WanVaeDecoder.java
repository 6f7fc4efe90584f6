package io.flowblend.model.wan.vae;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.VideoSteps;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.PixelConv;
import io.flowblend.model.vae.Tiling;
import io.flowblend.model.vae.VaeLoading;
import io.flowblend.model.vae.VaePlan;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The decoding half of Wan's causal video autoencoder ({@code AutoencoderKLWan} of Hugging Face diffusers 0.42.1). The
 * first latent frame gives one frame, each later one gives {@link WanVaeConfig#temporalFactor()}. Latent frames are
 * decoded one at a time and large frames in tiles, so memory grows neither with the number of frames nor with their size,
 * apart from the frames themselves.
 */
public final class WanVaeDecoder implements LatentDecoder {
    /** Patch of every published Wan transformer, in latents a side. */
    private static final int TRANSFORMER_PATCH = 2;

    private final WanVaeConfig config;
    private final Weights weights;
    private final PixelConv fromLatents;
    private final WanVaeNetwork network;
    private final Optional<LatentStatistics> statistics;
    private final LatentGrid grid;

    private WanVaeDecoder(WanVaeConfig config, Weights weights, boolean normalised, int transformerPatch) {
        int channels = config.latentChannels();
        this.config = config;
        this.weights = weights;
        this.fromLatents = PixelConv.read(weights, "post_quant_conv", channels, channels);
        this.network = WanVaeNetwork.decoder(config, weights);
        this.statistics = normalised ? Optional.of(config.statistics(weights)) : Optional.empty();
        this.grid = config.grid(transformerPatch);
        VaeLoading.requireOthersFrom(weights, "encoder.", "quant_conv.");
    }

    /** The decoder in {@code folder} (diffusers layout), for transformers with patches of 2x2 latents. */
    public static WanVaeDecoder load(Path folder) {
        return load(folder, TRANSFORMER_PATCH);
    }

    /** As {@link #load(Path, int, Placement)}, on the CPU. */
    public static WanVaeDecoder load(Path folder, int transformerPatch) {
        return load(folder, transformerPatch, Placement.CPU);
    }

    /**
     * @param transformerPatch latents a side of the patches of the pair's transformers; sizes have to fit them
     * @param placement tells the device; it is float32 on each
     */
    public static WanVaeDecoder load(Path folder, int transformerPatch, Placement placement) {
        return load(folder, true, transformerPatch, placement);
    }

    /** What the config in {@code folder} says of its size. */
    public static VaePlan plan(Path folder, int transformerPatch) {
        WanVaeConfig config = WanVaeConfig.read(folder);
        return config.plan(transformerPatch);
    }

    /** A decoder for raw latents alone ({@link #decodeRaw}), which needs no statistics of the latents. */
    public static WanVaeDecoder loadRaw(Path folder, Placement placement) {
        return load(folder, false, TRANSFORMER_PATCH, placement);
    }

    private static WanVaeDecoder load(Path folder, boolean normalised, int transformerPatch, Placement placement) {
        WanVaeConfig config = WanVaeConfig.read(folder);
        return VaeLoading.load(
                folder, placement, weights -> new WanVaeDecoder(config, weights, normalised, transformerPatch));
    }

    @Override
    public Tensor decode(Tensor latents) {
        LatentStatistics scale = statistics.orElseThrow(
                () -> new IllegalStateException("decoder was loaded for raw latents, without their statistics"));
        try (TensorScope scope = TensorScope.open()) {
            grid.requireLatents(latents);
            Tensor frames = decodeRaw(scale.toRaw(weights.placement().here(latents)));
            return scope.keep(frames.mul_(new Scalar(0.5)).add_(new Scalar(0.5)));
        }
    }

    /** Frames {@code [B, 3, F, H, W]} in -1..1 from raw latents {@code [B, C, f, h, w]}. */
    public Tensor decodeRaw(Tensor latents) {
        return decodeRaw(latents, Tiling.standard(config.spatialFactor()));
    }

    Tensor decodeRaw(Tensor given, Tiling tiling) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = grid.decode(
                    weights.placement().here(given),
                    config.frameChannels(),
                    (video, latents) -> tiling.decode(latents, video, this::decodeTile));
            return scope.keep(frames.clamp_(new ScalarOptional(new Scalar(-1.0)), new ScalarOptional(new Scalar(1.0))));
        }
    }

    /** Decodes latents [C, f, h, w] and hands on the frames of one latent frame after the other, [n, 3, H, W]. */
    private void decodeTile(Tensor latents, Consumer<Tensor> made) {
        try (WanVaeHistory history = new WanVaeHistory()) {
            for (long index = 0; index < latents.size(1); index++) {
                try (TensorScope chunk = TensorScope.open()) {
                    Tensor latent = latents.narrow(1, index, 1).transpose(0, 1);
                    made.accept(network.apply(fromLatents.apply(latent), history));
                }
                history.endChunk();
            }
        }
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
