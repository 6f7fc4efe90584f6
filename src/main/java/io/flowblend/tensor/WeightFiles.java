package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What the weight files of a model say they hold: one {@code *.safetensors} or {@code *.gguf} file, or the shards that a
 * {@code *.safetensors.index.json} lists. Headers are checked when this is read; no value is.
 */
public final class WeightFiles {
    private final Path source;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, String> metadata;
    private final boolean renamed;

    private WeightFiles(Path source, Map<String, StoredTensor> tensors, Map<String, String> metadata, boolean renamed) {
        this.source = source;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.metadata = metadata;
        this.renamed = renamed;
    }

    /** Whether {@code source} is a file, or a folder with a file of weights or an index of such. */
    public static boolean areIn(Path source) {
        return Files.isRegularFile(source) || WeightFolder.holdsWeights(source);
    }

    /** As {@link WeightFolder#variant}. */
    public static Optional<Path> variant(Path folder, String variant) {
        return WeightFolder.variant(folder, variant);
    }

    /**
     * Reads the headers.
     *
     * @param source a folder with an index or one file of weights, or such a file itself
     * @throws InvalidFileException if they are missing or damaged, naming the file and the tensor
     */
    public static WeightFiles read(Path source) {
        Path file = Files.isRegularFile(source) ? source : WeightFolder.file(source);
        if (WeightFolder.isIndex(file)) {
            return new WeightFiles(source, ScaledWeights.paired(WeightFolder.sharded(file)), Map.of(), false);
        }
        ModelFiles.require(file);
        WeightFolder.requireWhole(file);
        String start = start(file);
        if (start.equals("PK\3\4")) {
            throw WeightFolder.pickle(file);
        }
        if (start.matches("<[!?A-Za-z].*")) {
            throw new InvalidFileException(file, "is a web page (HTML or XML) in place of weights");
        }
        if (start.equals("GGUF")) {
            GgufHeader header = GgufHeader.read(file);
            return new WeightFiles(source, ScaledWeights.paired(header.tensors()), header.metadata(), false);
        }
        SafetensorsHeader header = SafetensorsHeader.read(file);
        return new WeightFiles(source, ScaledWeights.paired(header.tensors()), header.metadata(), false);
    }

    private static String start(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The same tensors by other names; those without one are left out.
     *
     * @throws InvalidFileException if two would have the same name
     */
    public WeightFiles renamed(Function<String, Optional<String>> name) {
        Map<String, StoredTensor> others = new LinkedHashMap<>();
        tensors.forEach((old, tensor) -> name.apply(old).ifPresent(other -> {
            if (others.put(other, tensor) != null) {
                throw new InvalidFileException(
                        tensor.file(), "tensor '" + old + "' stands for '" + other + "', which is there already");
            }
        }));
        return new WeightFiles(source, others, metadata, true);
    }

    /** The folder or file that was read. */
    public Path source() {
        return source;
    }

    public Set<String> names() {
        return tensors.keySet();
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /**
     * The sizes of a tensor along its axes.
     *
     * @throws InvalidFileException if there is none of that name
     */
    public long[] shape(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidFileException(source, "tensor '" + name + "' is missing");
        }
        return tensor.shape().clone();
    }

    /** What the file says of itself by {@code key}: safetensors' metadata, or GGUF's values as text. */
    public Optional<String> metadata(String key) {
        return Optional.ofNullable(metadata.get(key));
    }

    Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /** Whether the names are others than those in the files. */
    boolean isRenamed() {
        return renamed;
    }
}
