package io.flowblend.model.pair;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.wan.Umt5TextEncoder;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.model.wan.WanVaeDecoder;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
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
        String name = className(folder);
        if (name.equals("WanTransformer3DModel")) {
            return WanTransformer.load(folder);
        }
        throw unsupported(folder, name, "WanTransformer3DModel");
    }

    private static TextEncoder textEncoder(Path folder, Path tokenizer, int positions) {
        String name = className(folder);
        if (name.equals("UMT5EncoderModel")) {
            return Umt5TextEncoder.load(folder, tokenizer, positions);
        }
        throw unsupported(folder, name, "UMT5EncoderModel");
    }

    private static LatentDecoder decoder(Path folder, int transformerPatch) {
        String name = className(folder);
        if (name.equals("AutoencoderKLWan")) {
            return WanVaeDecoder.load(folder, transformerPatch);
        }
        throw unsupported(folder, name, "AutoencoderKLWan");
    }

    /** Latents a side of the patches that a transformer reads; the same on both sides. */
    private static int patchOf(Path folder) {
        return ConfigFile.in(folder).sizes("patch_size", 3).get(1);
    }

    /** Both models have to move in the decoder's latent space and read the encoder's embeddings. */
    private static void requireOneLatentSpace(PairSpec spec) {
        requireSame(spec.decoder(), "z_dim", spec.large(), "in_channels");
        requireSame(spec.decoder(), "z_dim", spec.small(), "in_channels");
        requireSame(spec.textEncoder(), "d_model", spec.large(), "text_dim");
        requireSame(spec.textEncoder(), "d_model", spec.small(), "text_dim");
        requireSame(spec.large(), "patch_size", spec.small(), "patch_size");
    }

    private static void requireSame(Path folder, String key, Path model, String modelKey) {
        JsonNode expected = config(folder).path(key);
        JsonNode found = config(model).path(modelKey);
        if (!expected.equals(found)) {
            throw new InvalidFileException(
                    model.resolve("config.json").toString(),
                    modelKey + " is " + found + ", but " + key + " of " + folder.getFileName() + " is " + expected
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

    private static String className(Path folder) {
        JsonNode config = config(folder);
        return config.path("_class_name")
                .asText(config.path("architectures").path(0).asText());
    }

    private static JsonNode config(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file.toString(), "no such file; expected a model in the diffusers layout");
        }
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new InvalidFileException(file.toString(), "is not valid JSON");
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
