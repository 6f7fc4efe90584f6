package io.flowblend.model.wan.vae;

import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The decoding half of Wan's causal video autoencoder ({@code AutoencoderKLWan} of Hugging Face diffusers 0.42.1). The
 * first latent frame gives one frame, each later one gives {@link WanVaeConfig#temporalFactor()}. Latent frames are
 * decoded one at a time, so memory does not grow with the number of frames, apart from the frames themselves.
 */
public final class WanVaeDecoder implements LatentDecoder {
    /** Patch of every published Wan transformer, in latents a side. */
    private static final int TRANSFORMER_PATCH = 2;

    private final WanVaeConfig config;
    private final Weights weights;
    private final WanVaePixelConv fromLatents;
    private final WanVaeNetwork network;
    private final Optional<WanVaeStatistics> statistics;
    private final int transformerPatch;

    private WanVaeDecoder(WanVaeConfig config, Weights weights, boolean normalised, int transformerPatch) {
        int channels = config.latentChannels();
        this.config = config;
        this.weights = weights;
        this.fromLatents = WanVaePixelConv.read(weights, "post_quant_conv", channels, channels);
        this.network = WanVaeNetwork.decoder(config, weights);
        this.statistics = normalised ? Optional.of(WanVaeStatistics.of(config, weights)) : Optional.empty();
        this.transformerPatch = transformerPatch;
        WanVaeLoading.requireOthersFrom(weights, "encoder.", "quant_conv.");
    }

    /** The decoder in {@code folder} (diffusers layout), for transformers with patches of 2x2 latents. */
    public static WanVaeDecoder load(Path folder) {
        return load(folder, TRANSFORMER_PATCH);
    }

    /** @param transformerPatch latents a side of the patches of the pair's transformers; sizes have to fit them */
    public static WanVaeDecoder load(Path folder, int transformerPatch) {
        return WanVaeLoading.load(
                folder, (config, weights) -> new WanVaeDecoder(config, weights, true, transformerPatch));
    }

    /** A decoder for raw latents alone ({@link #decodeRaw}), which needs no statistics of the latents. */
    public static WanVaeDecoder loadRaw(Path folder) {
        return WanVaeLoading.load(
                folder, (config, weights) -> new WanVaeDecoder(config, weights, false, TRANSFORMER_PATCH));
    }

    @Override
    public Tensor decode(Tensor latents) {
        WanVaeStatistics scale = statistics.orElseThrow(
                () -> new IllegalStateException("decoder was loaded for raw latents, without their statistics"));
        try (TensorScope scope = TensorScope.open()) {
            requireLatents(latents);
            Tensor frames = decodeRaw(scale.toRaw(latents));
            return scope.keep(frames.mul_(new Scalar(0.5)).add_(new Scalar(0.5)));
        }
    }

    /** Frames {@code [B, 3, F, H, W]} in -1..1 from raw latents {@code [B, C, f, h, w]}. */
    public Tensor decodeRaw(Tensor latents) {
        requireLatents(latents);
        long factor = config.spatialFactor();
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = latents.new_empty(
                    latents.size(0),
                    config.frameChannels(),
                    1 + (latents.size(2) - 1) * config.temporalFactor(),
                    latents.size(3) * factor,
                    latents.size(4) * factor);
            for (long video = 0; video < latents.size(0); video++) {
                decodeInto(frames.select(0, video), latents.select(0, video));
            }
            return scope.keep(frames);
        }
    }

    /** @param frames filled with one video, [3, F, H, W]; {@code latents} are [C, f, h, w] */
    private void decodeInto(Tensor frames, Tensor latents) {
        try (WanVaeHistory history = new WanVaeHistory()) {
            long done = 0;
            for (long index = 0; index < latents.size(1); index++) {
                try (TensorScope chunk = TensorScope.open()) {
                    Tensor latent = latents.narrow(1, index, 1).transpose(0, 1);
                    Tensor made = network.apply(fromLatents.apply(latent), history);
                    long count = made.size(0);
                    frames.narrow(1, done, count)
                            .copy_(made.clamp_(
                                            new ScalarOptional(new Scalar(-1.0)), new ScalarOptional(new Scalar(1.0)))
                                    .transpose(0, 1));
                    done += count;
                }
                history.endChunk();
            }
        }
    }

    private void requireLatents(Tensor latents) {
        if (latents.dim() != 5 || latents.size(1) != config.latentChannels()) {
            throw new IllegalArgumentException("latents have shape " + WanVaeLoading.shape(latents)
                    + ", expected [batch, " + config.latentChannels() + ", frames, height, width]");
        }
    }

    @Override
    public LatentShape latentShape(int frames, int height, int width) {
        int side = config.spatialFactor() * transformerPatch;
        requireStep("num_frames", frames, config.temporalFactor(), 1);
        requireStep("height", height, side, 0);
        requireStep("width", width, side, 0);
        return new LatentShape(
                config.latentChannels(),
                1 + (frames - 1) / config.temporalFactor(),
                height / config.spatialFactor(),
                width / config.spatialFactor());
    }

    /** Fails, naming the nearest good values, unless {@code value} is {@code step * k + rest} and positive. */
    private static void requireStep(String name, int value, int step, int rest) {
        long least = rest == 0 ? step : rest;
        if (value >= least && (value - rest) % step == 0) {
            return;
        }
        String rule = rest == 0 ? "a multiple of " + step : step + "k+" + rest;
        long below = rest + Math.floorDiv((long) value - rest, (long) step) * step;
        String nearest = below < least ? "nearest is " + least : "nearest are " + below + " and " + (below + step);
        throw new IllegalArgumentException(name + " " + value + " is not " + rule + "; " + nearest);
    }

    public long parameters() {
        return weights.parameters();
    }

    @Override
    public void close() {
        weights.close();
    }
}
