package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentEncoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.t5.T5TextEncoder;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Brings a pair into memory: all its models, or one error and nothing. What a folder holds is told by the class name
 * in its {@code config.json}; a new family is one more {@link ModelFamily}. TorchScript files are {@link ScriptedParts}.
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
     * Cost of one pass of one sample of the transformer in {@code folder}, from its {@code config.json} alone, counted as
     * the FlowBlending paper counts.
     *
     * @param textTokens text positions
     * @param firstFrameGiven whether the video goes on from a given frame: the paper then counts the time's layers of
     *     LTX-Video for every token (of Wan 2.1, never)
     * @throws InvalidFileException if the config is missing, damaged or not supported
     * @throws IllegalArgumentException if the latents do not fit the model
     */
    public static ForwardCost cost(Path folder, LatentShape latents, int textTokens, boolean firstFrameGiven) {
        return ModelFamily.ofTransformer(folder).cost(folder, latents, textTokens, firstFrameGiven);
    }

    /**
     * Loads the pair in {@code folder}.
     *
     * @throws InvalidFileException naming the file, and the key or tensor, that is missing, damaged or not supported, or
     *     the bytes that are needed and there
     */
    public ModelPair load(Path folder) {
        PairSpec spec = describe(folder);
        return spec.script().isPresent() ? scripted(spec, spec.script().get(), folder) : ofFamily(spec, folder);
    }

    private ModelPair ofFamily(PairSpec spec, Path folder) {
        ModelFamily family = ModelFamily.of(spec);
        requireMemory(spec, folder);
        return closingOnFailure(loaded -> {
            int patch = family.patch(ConfigFile.in(spec.large())).get(1);
            VelocityModel large = push(loaded, family.velocityModel(spec.large()));
            VelocityModel small = push(loaded, family.velocityModel(spec.small()));
            TextEncoder encoder =
                    push(loaded, T5TextEncoder.load(spec.textEncoder(), spec.tokenizer(), spec.textPositions()));
            LatentDecoder decoder = push(loaded, family.decoder(spec, patch));
            Optional<LatentEncoder> firstFrames = family.firstFrameEncoder(spec);
            firstFrames.ifPresent(loaded::push);
            requireOneLatentSpace(family, spec);
            return new ModelPair(
                    spec, Fingerprint.of(spec.large(), spec.small(), ""), large, small, encoder, decoder, firstFrames);
        });
    }

    private ModelPair scripted(PairSpec spec, ScriptSpec script, Path folder) {
        ScriptedParts parts = new ScriptedParts(spec, script, folder.resolve(PairFile.NAME));
        requireMemory(spec, folder);
        return closingOnFailure(loaded -> {
            LatentDecoder decoder = push(loaded, parts.decoder());
            TextEncoder encoder = push(loaded, parts.textEncoder());
            VelocityModel large = push(loaded, parts.velocityModel(spec.large(), script.large()));
            VelocityModel small = push(loaded, parts.velocityModel(spec.small(), script.small()));
            ModelPair pair = new ModelPair(
                    spec,
                    Fingerprint.of(spec.large(), spec.small(), parts.use()),
                    large,
                    small,
                    encoder,
                    decoder,
                    Optional.empty());
            parts.requireTogether(pair);
            return pair;
        });
    }

    /** @param load puts what it has loaded where it is closed if it fails */
    private static ModelPair closingOnFailure(Function<Deque<AutoCloseable>, ModelPair> load) {
        Deque<AutoCloseable> loaded = new ArrayDeque<>();
        try {
            return load.apply(loaded);
        } catch (RuntimeException e) {
            loaded.forEach(PairLoader::closeQuietly);
            throw e;
        }
    }

    /** Both models have to move in the decoder's latent space and read the encoder's embeddings, in equal patches. */
    private static void requireOneLatentSpace(ModelFamily family, PairSpec spec) {
        ConfigFile large = ConfigFile.in(spec.large());
        ConfigFile small = ConfigFile.in(spec.small());
        family.requireOneLatentSpace(large, spec);
        family.requireOneLatentSpace(small, spec);
        if (!family.patch(small).equals(family.patch(large))) {
            throw ModelFamily.apart(
                    small, "patch_size", family.patch(small), "that of the large model", family.patch(large));
        }
    }

    private void requireMemory(PairSpec spec, Path folder) {
        long needed = 0;
        for (Path part : List.of(spec.large(), spec.small(), spec.textEncoder(), spec.decoder())) {
            needed += (long) (bytes(part) * HEADROOM);
        }
        long available = availableBytes.getAsLong();
        if (needed > available) {
            throw new InvalidFileException(
                    folder.resolve(PairFile.NAME).toString(),
                    "the pair needs " + needed + " bytes of memory, " + available + " are available");
        }
    }

    private static long bytes(Path part) {
        if (Files.isRegularFile(part)) {
            return part.toFile().length();
        }
        try (Weights weights = Weights.open(part)) {
            return weights.parameters() * Float.BYTES;
        }
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
