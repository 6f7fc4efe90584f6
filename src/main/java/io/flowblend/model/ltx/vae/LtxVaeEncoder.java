package io.flowblend.model.ltx.vae;

import io.flowblend.model.LatentEncoder;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.model.vae.LatentStatistics;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.model.vae.VaeLoading;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The encoding half of LTX-Video's autoencoder ({@code AutoencoderKLLTXVideo} of Hugging Face diffusers 0.42.1), in the first
 * layout and that of 0.9.5. It gives the mode of the latents' distribution, its mean. The first frame gives one latent
 * frame, each further {@link LtxVaeConfig#temporalFactor()} frames give one, and they depend on no later frames. They are
 * encoded a few at a time, so memory does not grow with the number of frames.
 */
public final class LtxVaeEncoder implements LatentEncoder {
    private final LtxVaeConfig config;
    private final Weights weights;
    private final LtxVaeNetwork network;
    private final Optional<LatentStatistics> statistics;
    private final LatentGrid grid;

    private LtxVaeEncoder(LtxVaeConfig config, Weights weights, boolean normalised) {
        this.config = config;
        this.weights = weights;
        this.network = LtxVaeNetwork.encoder(config, weights);
        this.statistics = normalised ? Optional.of(config.statistics(weights)) : Optional.empty();
        this.grid = config.grid(1);
        VaeLoading.requireOthersFrom(weights, "decoder.", LtxVaeConfig.MEANS, LtxVaeConfig.DEVIATIONS);
    }

    /** The encoder in {@code folder} (diffusers layout). */
    public static LtxVaeEncoder load(Path folder) {
        return load(folder, Placement.CPU);
    }

    /** @param placement tells the device; it is float32 on each */
    public static LtxVaeEncoder load(Path folder, Placement placement) {
        return load(folder, true, placement);
    }

    /** An encoder to raw latents alone ({@link #encodeRaw}), which needs no statistics of the latents. */
    public static LtxVaeEncoder loadRaw(Path folder, Placement placement) {
        return load(folder, false, placement);
    }

    private static LtxVaeEncoder load(Path folder, boolean normalised, Placement placement) {
        LtxVaeConfig config = LtxVaeConfig.read(folder);
        config.requireOneGrid();
        return VaeLoading.load(folder, placement, weights -> new LtxVaeEncoder(config, weights, normalised));
    }

    /** {@inheritDoc} One frame (an image) gives one latent frame. */
    @Override
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
        long[] done = {0};
        try (TensorScope scope = TensorScope.open()) {
            network.apply(patched(frames.transpose(0, 1)), moments -> {
                long count = moments.size(0);
                Tensor means = moments.narrow(1, 0, config.latentChannels());
                latents.narrow(1, done[0], count).copy_(means.transpose(0, 1));
                done[0] += count;
            });
        }
    }

    /** Channels are ordered by column within the patch, then by row; {@link VaeFrames#fold} takes rows first. */
    private Tensor patched(Tensor frames) {
        return VaeFrames.fold(frames.transpose(2, 3), 1, config.patch()).transpose(2, 3);
    }

    @Override
    public void close() {
        weights.close();
    }
}
