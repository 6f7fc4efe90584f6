package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentEncoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairLoras;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.TextEncoder;
import io.flowblend.model.TwoExperts;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.t5.T5TextEncoder;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Brings a pair into memory: all its models, or one error and nothing. What a folder holds is told by the class name
 * in its {@code config.json}; a new family is one more {@link ModelFamily}. TorchScript files are {@link ScriptedParts}.
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
        NativeRuntime.load();
        return new PairLoader(usual, Devices::availableBytes);
    }

    /**
     * Where the large model of a pair runs that says nothing about it.
     *
     * @throws InvalidFileException if the device is not there
     */
    public static Placement placementOfLarge(Hardware usual) {
        NativeRuntime.load();
        return placements(usual, "the configuration").large();
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
        return withinMemory(
                folder,
                () -> spec.script().isPresent() ? scripted(spec, spec.script().get(), folder) : ofFamily(spec, folder));
    }

    /** What is needed is estimated, and others use the device too: running out of memory refuses the pair all the same. */
    static <T> T withinMemory(Path folder, Supplier<T> load) {
        try {
            return load.get();
        } catch (InvalidFileException e) {
            throw e;
        } catch (RuntimeException | OutOfMemoryError e) {
            if (!Devices.isOutOfMemory(e)) {
                throw e;
            }
            Devices.giveBackUnused();
            throw new InvalidFileException(
                    folder.resolve(PairFile.NAME).toString(),
                    "memory ran out while the pair was loaded: " + NativeRuntime.firstLine(e));
        }
    }

    private ModelPair ofFamily(PairSpec spec, Path folder) {
        ModelFamily family = ModelFamily.of(spec);
        Placements placements = placements(
                spec.hardware().or(usual), folder.resolve(PairFile.NAME).toString());
        requireMemory(spec, folder, placements);
        return closingOnFailure(loaded -> {
            VelocityModel large = large(loaded, family, spec, placements.large());
            List<Lora> loras = spec.loras().of(PairLoras.Target.SMALL);
            VelocityModel small = push(
                    loaded,
                    isShared(spec, placements)
                            ? family.beside(large, spec.small(), loras.subList(ofLarge(spec), loras.size()))
                            : family.velocityModel(spec.small(), placements.small(), loras));
            TextEncoder encoder = push(
                    loaded,
                    T5TextEncoder.load(
                            spec.textEncoder(),
                            spec.tokenizer(),
                            spec.textPositions(),
                            placements.large(),
                            placements.keepTextEncoder()));
            int patch = family.patch(ConfigFile.in(spec.large(), ModelPart.TRANSFORMER))
                    .get(1);
            LatentDecoder decoder = push(loaded, family.decoder(spec, patch, placements.large()));
            Optional<LatentEncoder> firstFrames = family.firstFrameEncoder(spec, placements.large());
            firstFrames.ifPresent(loaded::push);
            requireOneLatentSpace(family, spec);
            return new ModelPair(spec, fingerprint(spec, ""), large, small, encoder, decoder, firstFrames);
        });
    }

    /** Whether the small model is the large one, with LoRA files of its own or without: it is not loaded twice then. */
    static boolean isShared(PairSpec spec, Placements placements) {
        List<Lora> small = spec.loras().of(PairLoras.Target.SMALL);
        List<Lora> large = spec.loras().of(PairLoras.Target.LARGE);
        return spec.small().equals(spec.large())
                && spec.lowNoise().isEmpty()
                && placements.small().equals(placements.large())
                && large.size() <= small.size()
                && large.equals(small.subList(0, large.size()));
    }

    /** LoRA files that the large model has, which are the small one's first where they share their memory. */
    private static int ofLarge(PairSpec spec) {
        return spec.loras().of(PairLoras.Target.LARGE).size();
    }

    private static VelocityModel large(
            Deque<AutoCloseable> loaded, ModelFamily family, PairSpec spec, Placement placement) {
        VelocityModel above = push(
                loaded,
                family.velocityModel(spec.large(), placement, spec.loras().of(PairLoras.Target.LARGE)));
        return spec.lowNoise()
                .<VelocityModel>map(low -> new TwoExperts(
                        above,
                        push(
                                loaded,
                                family.velocityModel(
                                        low.model(), placement, spec.loras().of(PairLoras.Target.LOW_NOISE))),
                        low.boundary()))
                .orElse(above);
    }

    private ModelPair scripted(PairSpec spec, ScriptSpec script, Path folder) {
        ScriptedParts parts = new ScriptedParts(spec, script, folder.resolve(PairFile.NAME));
        requireMemory(spec, folder, Placements.CPU);
        return closingOnFailure(loaded -> {
            LatentDecoder decoder = push(loaded, parts.decoder());
            TextEncoder encoder = push(loaded, parts.textEncoder());
            VelocityModel large = push(loaded, parts.velocityModel(spec.large(), script.large()));
            VelocityModel small = push(loaded, parts.velocityModel(spec.small(), script.small()));
            ModelPair pair = new ModelPair(
                    spec, fingerprint(spec, parts.use()), large, small, encoder, decoder, Optional.empty());
            parts.requireTogether(pair);
            return pair;
        });
    }

    /** @param use what the velocities depend on besides the files and the sampling */
    static String fingerprint(PairSpec spec, String use) {
        OptionalDouble guidance = spec.sampling().smallGuidance();
        List<Path> models = new ArrayList<>(List.of(spec.large(), spec.small()));
        spec.lowNoise().ifPresent(low -> models.add(low.model()));
        StringBuilder uses = new StringBuilder(use);
        for (PairLoras.Use lora : spec.loras().uses()) {
            models.add(lora.lora().file());
            uses.append("lora ")
                    .append(lora.targets())
                    .append(' ')
                    .append(lora.lora().strength())
                    .append('\n');
        }
        guidance.ifPresent(scale -> uses.append("small guidance ").append(scale).append('\n'));
        return Fingerprint.of(models, uses.toString());
    }

    /** @param load puts what it has loaded where it is closed if it fails */
    private static ModelPair closingOnFailure(Function<Deque<AutoCloseable>, ModelPair> load) {
        Deque<AutoCloseable> loaded = new ArrayDeque<>();
        try {
            return load.apply(loaded);
        } catch (RuntimeException | Error e) {
            loaded.forEach(PairLoader::closeQuietly);
            throw e;
        }
    }

    /** Both models have to move in the decoder's latent space and read the encoder's embeddings, in equal patches. */
    private static void requireOneLatentSpace(ModelFamily family, PairSpec spec) {
        ConfigFile large = ConfigFile.in(spec.large(), ModelPart.TRANSFORMER);
        ConfigFile small = ConfigFile.in(spec.small(), ModelPart.TRANSFORMER);
        family.requireOneLatentSpace(large, spec);
        family.requireOneLatentSpace(small, spec);
        spec.lowNoise().ifPresent(low -> requireOneSize(large, ConfigFile.in(low.model(), ModelPart.TRANSFORMER)));
        if (!family.patch(small).equals(family.patch(large))) {
            throw ModelFamily.apart(
                    small, "patch_size", family.patch(small), "that of the large model", family.patch(large));
        }
    }

    /** Experts take each other's place, so nothing but their weights may differ. */
    static void requireOneSize(ConfigFile above, ConfigFile below) {
        Set<String> keys = new TreeSet<>(above.keys());
        keys.addAll(below.keys());
        keys.removeIf(key -> key.startsWith("_"));
        for (String key : keys) {
            if (!below.text(key).equals(above.text(key))) {
                throw ModelFamily.apart(below, key, below.text(key), "that of the expert above", above.text(key));
            }
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
        needed.merge(large.device(), bytes(spec, spec.large(), ModelPart.TRANSFORMER, large), Long::sum);
        spec.lowNoise()
                .ifPresent(low -> needed.merge(
                        large.device(), bytes(spec, low.model(), ModelPart.TRANSFORMER, large), Long::sum));
        if (!isShared(spec, placements)) {
            needed.merge(
                    placements.small().device(),
                    bytes(spec, spec.small(), ModelPart.TRANSFORMER, placements.small()),
                    Long::sum);
        }
        needed.merge(large.device(), bytes(spec, spec.textEncoder(), ModelPart.TEXT_ENCODER, large), Long::sum);
        needed.merge(large.device(), bytes(spec, spec.decoder(), ModelPart.DECODER, large.exact()), Long::sum);
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

    private static long bytes(PairSpec spec, Path source, ModelPart part, Placement placement) {
        if (spec.script().isPresent() && Files.isRegularFile(source)) {
            return (long) (source.toFile().length() * HEADROOM);
        }
        try (Weights weights = Weights.open(Checkpoint.weights(source, part), Placement.CPU)) {
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
