package io.flowblend.model.ltx.vae;

import io.flowblend.model.ltx.vae.LtxVaeResidualBlock.Timed;
import io.flowblend.model.vae.FrameHistory;
import io.flowblend.model.vae.VaeFrames;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * One half of the autoencoder. Frames go through the layers a few at a time, as many as fit a fixed scratch memory, and
 * each layer holds back what it needs of them, so memory does not grow with the number of frames.
 */
final class LtxVaeNetwork {
    /** Values that one layer is given at once: one that doubles all three sizes makes up to eight times as many. */
    private static final long GROUP = VaeFrames.SCRATCH / 8;

    private final List<LtxVaeLayer> layers;

    private LtxVaeNetwork(List<LtxVaeLayer> layers) {
        this.layers = List.copyOf(layers);
    }

    /** From folded frames to the means of the latents and, in one more channel, the log variance of all. */
    static LtxVaeNetwork encoder(LtxVaeConfig config, Weights weights) {
        List<LtxVaeLayer> layers = new ArrayList<>();
        Blocks blocks = new Blocks(layers, weights, true, config.shortcutEpsilon());
        long folded = (long) config.videoChannels() * config.patch() * config.patch();
        layers.add(LtxVaeConv.read(weights, "encoder.conv_in", folded, config.encoderFirst(), true));
        for (int i = 0; i < config.encoder().size(); i++) {
            LtxVaeConfig.Down down = config.encoder().get(i);
            String name = "encoder.down_blocks." + i;
            blocks.add(name, down.blocks(), down.in(), Optional.empty(), false);
            if (!down.strided()) {
                layers.add(LtxVaeDownsample.read(weights, name + ".downsamplers.0", down));
            } else {
                if (down.side() > 1) {
                    layers.add(LtxVaeConv.read(
                            weights, name + ".downsamplers.0", down.in(), down.in(), true, down.side()));
                }
                if (down.in() != down.out()) {
                    blocks.add(name + ".conv_out", down.in(), down.out());
                }
            }
        }
        long last = config.encoderLast();
        blocks.add("encoder.mid_block", config.encoderMiddle(), last, Optional.empty(), false);
        layers.add(new LtxVaeNormedConv(
                Optional.empty(),
                LtxVaeConv.read(weights, "encoder.conv_out", last, config.latentChannels() + 1L, true)));
        return new LtxVaeNetwork(layers);
    }

    /** From raw latents to folded frames. */
    static LtxVaeNetwork decoder(LtxVaeConfig config, Weights weights, double timestep) {
        try (TensorScope scope = TensorScope.open()) {
            List<LtxVaeLayer> layers = new ArrayList<>();
            boolean causal = config.decoderCausal();
            Blocks blocks = new Blocks(layers, weights, causal, config.shortcutEpsilon());
            Optional<LtxVaeTime> time =
                    config.timeConditioned() ? Optional.of(LtxVaeTime.read(weights, timestep)) : Optional.empty();
            layers.add(LtxVaeConv.read(
                    weights, "decoder.conv_in", config.latentChannels(), config.decoderFirst(), causal));
            blocks.add(
                    "decoder.mid_block",
                    config.decoderMiddle(),
                    config.decoderFirst(),
                    time,
                    config.decoderMiddleNoisy());
            for (int i = 0; i < config.decoder().size(); i++) {
                LtxVaeConfig.Up up = config.decoder().get(i);
                String name = "decoder.up_blocks." + i;
                if (up.in() != up.out()) {
                    blocks.add(name + ".conv_in", up.in(), up.out());
                }
                if (up.enlarges()) {
                    layers.add(LtxVaeUpsample.read(weights, name + ".upsamplers.0", up, causal));
                }
                blocks.add(name, up.blocks(), up.out(), time, up.noisy());
            }
            long last = config.decoderLast();
            long folded = (long) config.frameChannels() * config.patch() * config.patch();
            layers.add(new LtxVaeNormedConv(
                    time.map(t -> LtxVaeModulation.of(t.table("decoder", t.embedded("decoder", 2, last)), 0, weights)),
                    LtxVaeConv.read(weights, "decoder.conv_out", last, folded, causal)));
            return new LtxVaeNetwork(layers);
        }
    }

    /** Adds residual blocks to the layers. */
    private static final class Blocks {
        private final List<LtxVaeLayer> layers;
        private final Weights weights;
        private final boolean causal;
        private final double epsilon;
        /** Seed of the next plane of noise; 0 is that of the noise in the latents. */
        private long noiseSeed = 1;

        Blocks(List<LtxVaeLayer> layers, Weights weights, boolean causal, double epsilon) {
            this.layers = layers;
            this.weights = weights;
            this.causal = causal;
            this.epsilon = epsilon;
        }

        void add(String name, long in, long out) {
            layers.add(LtxVaeResidualBlock.read(
                    weights, name, in, out, causal, epsilon, Optional.empty(), OptionalLong.empty()));
        }

        /** A group of blocks of one width that share the embedding of the noise level. */
        void add(String name, int count, long channels, Optional<LtxVaeTime> time, boolean noisy) {
            Optional<Timed> timed = time.map(t -> new Timed(t, t.embedded(name, 4, channels)));
            for (int i = 0; i < count; i++) {
                OptionalLong seed = noisy ? OptionalLong.of(noiseSeed) : OptionalLong.empty();
                noiseSeed += noisy ? 2 : 0;
                layers.add(LtxVaeResidualBlock.read(
                        weights, name + ".resnets." + i, channels, channels, causal, epsilon, timed, seed));
            }
        }
    }

    /**
     * Takes a whole video through the layers.
     *
     * @param frames {@code [T, C, H, W]}
     * @param made takes the output, a few frames at a time from the first to the last
     */
    void apply(Tensor frames, Consumer<Tensor> made) {
        apply(frames, GROUP, made);
    }

    /** @param most values that one layer is given at once, where a frame does not have more by itself */
    void apply(Tensor frames, long most, Consumer<Tensor> made) {
        try (Run run = new Run(new FrameHistory(), most, made)) {
            push(0, frames, run);
            for (int i = 0; i < layers.size(); i++) {
                int next = i + 1;
                layers.get(i).finish(run.history, rest -> push(next, rest, run));
            }
        }
    }

    private record Run(FrameHistory history, long most, Consumer<Tensor> made) implements AutoCloseable {
        @Override
        public void close() {
            history.close();
        }
    }

    /** Takes frames through the layers from {@code layer} on, in groups where there are more than fit. */
    private void push(int layer, Tensor input, Run run) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frames = VaeFrames.channelsLast(input);
            for (int i = layer; i < layers.size() && frames.size(0) > 0; i++) {
                long group = Math.max(1, run.most / (frames.size(1) * VaeFrames.pixels(frames)));
                if (frames.size(0) > group) {
                    for (long first = 0; first < frames.size(0); first += group) {
                        push(i, frames.narrow(0, first, Math.min(group, frames.size(0) - first)), run);
                    }
                    return;
                }
                Tensor next = layers.get(i).apply(frames, run.history);
                frames.close();
                frames = next;
            }
            if (frames.size(0) > 0) {
                run.made.accept(frames);
            }
        }
    }
}
