package io.flowblend.model.wan.vae;

import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.PixelConv;
import io.flowblend.model.vae.VaeLoading;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The encoding half of Wan's causal video autoencoder ({@code AutoencoderKLWan} of Hugging Face diffusers 0.42.1). It
 * gives the mode of the latents' distribution, its mean. The first frame gives one latent frame, each further
 * {@link WanVaeConfig#temporalFactor()} frames give one; they are encoded chunk by chunk, so memory does not grow with
 * the number of frames.
 */
public final class WanVaeEncoder implements AutoCloseable {
    private final WanVaeConfig config;
    private final Weights weights;
    private final WanVaeNetwork network;
    private final PixelConv toMeans;
    private final Optional<LatentStatistics> statistics;
    private final LatentGrid grid;

    private WanVaeEncoder(WanVaeConfig config, Weights weights, boolean normalised) {
        long moments = 2L * config.latentChannels();
        this.config = config;
        this.weights = weights;
        this.network = WanVaeNetwork.encoder(config, weights);
        this.toMeans = PixelConv.read(weights, "quant_conv", moments, moments).first(weights, config.latentChannels());
        this.statistics = normalised ? Optional.of(config.statistics(weights)) : Optional.empty();
        this.grid = config.grid(1);
        VaeLoading.requireOthersFrom(weights, "decoder.", "post_quant_conv.");
    }

    /** The encoder in {@code folder} (diffusers layout). */
    public static WanVaeEncoder load(Path folder) {
        return load(folder, Placement.CPU);
    }

    /** @param placement tells the device; it is float32 on each */
    public static WanVaeEncoder load(Path folder, Placement placement) {
        return load(folder, true, placement);
    }

    /** An encoder to raw latents alone ({@link #encodeRaw}), which needs no statistics of the latents. */
    public static WanVaeEncoder loadRaw(Path folder, Placement placement) {
        return load(folder, false, placement);
    }

    private static WanVaeEncoder load(Path folder, boolean normalised, Placement placement) {
        WanVaeConfig config = WanVaeConfig.read(folder);
        return VaeLoading.load(folder, placement, weights -> new WanVaeEncoder(config, weights, normalised));
    }

    /** Latents {@code [B, C, f, h, w]} as the velocity models see them from frames {@code [B, 3, F, H, W]} in 0..1. */
    public Tensor encode(Tensor frames) {
        LatentStatistics scale = statistics.orElseThrow(
                () -> new IllegalStateException("encoder was loaded for raw latents, without their statistics"));
        try (TensorScope scope = TensorScope.open()) {
            Tensor centred =
                    weights.placement().here(frames).mul(new Scalar(2.0)).sub_(new Scalar(1.0));
            return scope.keep(scale.toNormalised(encodeRaw(centred)));
        }
    }

    /** Raw latents {@code [B, C, f, h, w]} from frames {@code [B, 3, F, H, W]} in -1..1. */
    public Tensor encodeRaw(Tensor given) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = weights.placement().here(given);
            return scope.keep(grid.encode(frames, config.videoChannels(), this::encodeInto));
        }
    }

    /** @param latents filled with one video's, [C, f, h, w]; {@code frames} are [3, F, H, W] */
    private void encodeInto(Tensor latents, Tensor frames) {
        try (WanVaeHistory history = new WanVaeHistory()) {
            long start = 0;
            for (long index = 0; index < latents.size(1); index++) {
                long count = index == 0 ? 1 : config.temporalFactor();
                try (TensorScope scope = TensorScope.open()) {
                    Tensor chunk = frames.narrow(1, start, count).transpose(0, 1);
                    Tensor made = toMeans.apply(network.apply(chunk, history));
                    latents.narrow(1, index, 1).copy_(made.transpose(0, 1));
                }
                start += count;
                history.endChunk();
            }
        }
    }

    @Override
    public void close() {
        weights.close();
    }
}
