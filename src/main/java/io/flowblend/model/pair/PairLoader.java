package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.t5.T5TextEncoder;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Brings a pair into memory: all four models, or one error and nothing. What a folder holds is told by the class name
 * in its {@code config.json}; a new family is one more line in {@link #velocityModel}, {@link #textEncoder} or
 * {@link #decoder}.
 */
public final class PairLoader {
    /** Loading and the first forwards need a little more than the weights. */
    private static final double HEADROOM = 1.1;

    private final LongSupplier availableBytes;

    /** @param availableBytes memory that can be had without swapping, bytes; asked before each load */
    public PairLoader(LongSupplier availableBytes) {
        this.availableBytes = availableBytes;
    }

    /** Refuses by what {@code /proc/meminfo} says; where there is none, nothing is refused. */
    public static PairLoader ofThisMachine() {
        return new PairLoader(NativeRuntime::availableBytes);
    }

    /** What the {@code pair.yaml} in {@code folder} describes. */
    public static PairSpec describe(Path folder) {
        return PairFile.read(folder);
    }

    /**
     * Loads the pair in {@code folder}.
     *
     * @throws InvalidFileException naming the file, and the key or tensor, that is missing, damaged or not supported, or
     *     the bytes that are needed and there
     */
    public ModelPair load(Path folder) {
        PairSpec spec = describe(folder);
        requireMemory(spec, folder);
        Deque<AutoCloseable> loaded = new ArrayDeque<>();
        try {
            VelocityModel large = push(loaded, velocityModel(spec.large()));
            VelocityModel small = push(loaded, velocityModel(spec.small()));
            TextEncoder encoder = push(loaded, textEncoder(spec.textEncoder(), spec.tokenizer(), spec.textPositions()));
            LatentDecoder decoder = push(loaded, decoder(spec.decoder(), patchOf(spec.large())));
            requireOneLatentSpace(spec);
            return new ModelPair(spec, Fingerprint.of(spec.large(), spec.small()), large, small, encoder, decoder);
        } catch (RuntimeException e) {
            loaded.forEach(PairLoader::closeQuietly);
            throw e;
        }
    }

    private static VelocityModel velocityModel(Path folder) {
        String name = ConfigFile.in(folder).architecture();
        if (name.equals("WanTransformer3DModel")) {
            return WanTransformer.load(folder);
        }
        throw unsupported(folder, name, "WanTransformer3DModel");
    }

    private static TextEncoder textEncoder(Path folder, Path tokenizer, int positions) {
        String name = ConfigFile.in(folder).architecture();
        if (name.equals("UMT5EncoderModel")) {
            return T5TextEncoder.load(folder, tokenizer, positions);
        }
        throw unsupported(folder, name, "UMT5EncoderModel");
    }

    private static LatentDecoder decoder(Path folder, int transformerPatch) {
        String name = ConfigFile.in(folder).architecture();
        if (name.equals("AutoencoderKLWan")) {
            return WanVaeDecoder.load(folder, transformerPatch);
        }
        throw unsupported(folder, name, "AutoencoderKLWan");
    }

    /** Latents a side of the patches that a transformer reads; the same on both sides. */
    private static int patchOf(Path folder) {
        return ConfigFile.in(folder).sizes("patch_size", 3).get(1);
    }

    /** Both models have to move in the decoder's latent space and read the encoder's embeddings, in equal patches. */
    private static void requireOneLatentSpace(PairSpec spec) {
        int latentChannels = ConfigFile.in(spec.decoder()).size("z_dim");
        int textWidth = ConfigFile.in(spec.textEncoder()).size("d_model");
        for (Path model : List.of(spec.large(), spec.small())) {
            ConfigFile config = ConfigFile.in(model);
            requireSame(config, "in_channels", config.size("in_channels"), "z_dim of the decoder", latentChannels);
            requireSame(config, "text_dim", config.size("text_dim"), "d_model of the text encoder", textWidth);
        }
        requireSame(
                ConfigFile.in(spec.small()),
                "patch_size",
                ConfigFile.in(spec.small()).sizes("patch_size", 3),
                "that of the large model",
                ConfigFile.in(spec.large()).sizes("patch_size", 3));
    }

    private static void requireSame(ConfigFile config, String key, Object found, String other, Object expected) {
        if (!found.equals(expected)) {
            throw new InvalidFileException(
                    config.file(),
                    "'" + key + "' is " + found + ", but " + other + " is " + expected
                            + ": the parts do not belong together");
        }
    }

    private void requireMemory(PairSpec spec, Path folder) {
        long needed = 0;
        for (Path part : List.of(spec.large(), spec.small(), spec.textEncoder(), spec.decoder())) {
            try (Weights weights = Weights.open(part)) {
                needed += (long) (weights.parameters() * Float.BYTES * HEADROOM);
            }
        }
        long available = availableBytes.getAsLong();
        if (needed > available) {
            throw new InvalidFileException(
                    folder.resolve(PairFile.NAME).toString(),
                    "the pair needs " + needed + " bytes of memory, " + available + " are available");
        }
    }

    private static InvalidFileException unsupported(Path folder, String name, String supported) {
        return new InvalidFileException(
                folder.resolve("config.json").toString(),
                "architecture '" + name + "' is not supported here; supported: " + supported);
    }

    private static <T extends AutoCloseable> T push(Deque<AutoCloseable> loaded, T part) {
        loaded.push(part);
        return part;
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            throw new IllegalStateException("a model could not be closed", e);
        }
    }
}
