package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentEncoder;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.t5.T5TextEncoder;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Brings a pair into memory: all its models, or one error and nothing. What a folder holds is told by the class name
 * in its {@code config.json}; a new family is one more {@link ModelFamily}.
 */
public final class PairLoader {
    /** Loading and the first forwards need a little more than the weights. */
    private static final double HEADROOM = 1.1;

    private final ToLongFunction<Placement> availableBytes;
    private final Hardware usual;

    /**
     * @param usual where the models of a pair run that says nothing about it
     * @param availableBytes memory that can be had on a device, bytes; asked before each load
     */
    public PairLoader(Hardware usual, ToLongFunction<Placement> availableBytes) {
        this.usual = usual;
        this.availableBytes = availableBytes;
    }

    /** As {@link #ofThisMachine(Hardware)}, and a pair that says nothing about it runs where the machine's kind suggests. */
    public static PairLoader ofThisMachine() {
        return ofThisMachine(Hardware.OPEN);
    }

    /** Refuses by what the system and the driver say; where they say nothing, nothing is refused. */
    public static PairLoader ofThisMachine(Hardware usual) {
        return new PairLoader(usual, Devices::availableBytes);
    }

    /**
     * Where the large model of a pair runs that says nothing about it.
     *
     * @throws InvalidFileException if the device is not there
     */
    public static Placement placementOfLarge(Hardware usual) {
        return placements(usual, "the configuration").large();
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
        ModelFamily family = ModelFamily.of(spec);
        Placements placements = placements(
                spec.hardware().or(usual), folder.resolve(PairFile.NAME).toString());
        requireMemory(spec, folder, placements);
        Deque<AutoCloseable> loaded = new ArrayDeque<>();
        try {
            VelocityModel large = push(loaded, family.velocityModel(spec.large(), placements.large()));
            VelocityModel small = push(loaded, family.velocityModel(spec.small(), placements.small()));
            TextEncoder encoder = push(
                    loaded,
                    T5TextEncoder.load(
                            spec.textEncoder(),
                            spec.tokenizer(),
                            spec.textPositions(),
                            placements.large(),
                            placements.keepTextEncoder()));
            LatentDecoder decoder = push(loaded, family.decoder(spec, placements.large()));
            Optional<LatentEncoder> firstFrames = family.firstFrameEncoder(spec, placements.large());
            firstFrames.ifPresent(loaded::push);
            requireOneLatentSpace(family, spec);
            return new ModelPair(
                    spec, Fingerprint.of(spec.large(), spec.small()), large, small, encoder, decoder, firstFrames);
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

    private static Placements placements(Hardware hardware, String source) {
        try {
            return Placements.of(hardware);
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(source, String.valueOf(e.getMessage()));
        }
    }

    private void requireMemory(PairSpec spec, Path folder, Placements placements) {
        Placement large = placements.large();
        Map<String, Long> needed = new TreeMap<>();
        needed.merge(large.device(), bytes(spec.large(), large), Long::sum);
        needed.merge(placements.small().device(), bytes(spec.small(), placements.small()), Long::sum);
        needed.merge(large.device(), bytes(spec.textEncoder(), large), Long::sum);
        needed.merge(large.device(), bytes(spec.decoder(), large.exact()), Long::sum);
        needed.forEach((device, bytes) -> {
            long available = availableBytes.applyAsLong(Placement.of(device, "float32"));
            if (bytes > available) {
                throw new InvalidFileException(
                        folder.resolve(PairFile.NAME).toString(),
                        "the pair needs " + bytes + " bytes of memory on " + device + ", " + available
                                + " are available");
            }
        });
    }

    private static long bytes(Path part, Placement placement) {
        try (Weights weights = Weights.open(part)) {
            return (long) (weights.parameters() * placement.bytes() * HEADROOM);
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
