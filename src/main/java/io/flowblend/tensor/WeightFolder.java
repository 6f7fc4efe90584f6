package io.flowblend.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the weights in a model's folder: one {@code *.safetensors} or {@code *.gguf} file, or the shards that a
 * {@code *.safetensors.index.json} lists. Where they are not there, it says what lies there instead.
 *
 * <p>A variant, such as fp16, is part of a name: {@code model.fp16.safetensors}, {@code model.safetensors.index.fp16.json}.
 * Where a folder has files with and without one, those without are meant.
 */
final class WeightFolder {
    private static final Pattern INDEX = Pattern.compile(".*\\.safetensors\\.index(\\.(?<variant>[\\w-]+))?\\.json");

    /** The names that diffusers and transformers save under; others may have dots of any meaning. */
    private static final Pattern SINGLE =
            Pattern.compile("((diffusion_pytorch_)?model(\\.(?<variant>[\\w-]+))?|.*)\\.(safetensors|gguf)");

    private static final Pattern SHARD = Pattern.compile(".*-(\\d{5})-of-(\\d{5})(\\.[\\w-]+)?\\.(safetensors|gguf)");
    private static final Pattern UNFINISHED =
            Pattern.compile(".*\\.(part|partial|incomplete|tmp|temp|download|crdownload|aria2|!qB)");
    private static final Pattern PICKLE = Pattern.compile(".*\\.(bin|pt|pth|ckpt)");
    private static final Pattern FILE_NAME = Pattern.compile("[\\w.-]+");

    private final Path folder;

    private WeightFolder(Path folder) {
        this.folder = folder;
    }

    /** Whether {@code folder} holds a file of weights or an index of such. */
    static boolean holdsWeights(Path folder) {
        WeightFolder files = new WeightFolder(folder);
        return !files.named(SINGLE).isEmpty() || !files.named(INDEX).isEmpty();
    }

    /**
     * The weights of a variant in {@code folder}: a file, or an index of shards; none if it has none of that name.
     *
     * @throws InvalidFileException if more than one file could be meant
     */
    static Optional<Path> variant(Path folder, String variant) {
        WeightFolder files = new WeightFolder(folder);
        for (Pattern kind : List.of(INDEX, SINGLE)) {
            List<Path> found = files.named(kind).stream()
                    .filter(file -> variantOf(kind, file).equals(variant))
                    .toList();
            if (found.size() > 1) {
                throw new InvalidFileException(
                        folder,
                        "has " + found.size() + " files of the variant '" + variant + "', first "
                                + found.get(0).getFileName() + " and "
                                + found.get(1).getFileName() + "; expected one");
            }
            if (!found.isEmpty()) {
                return Optional.of(found.get(0));
            }
        }
        return Optional.empty();
    }

    /**
     * The one file in {@code folder} that is meant: of weights, or an index of such.
     *
     * @throws InvalidFileException if there is none, or more than one could be meant
     */
    static Path file(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidFileException(folder, "no such folder");
        }
        WeightFolder files = new WeightFolder(folder);
        List<Path> indexes = files.withoutVariant(INDEX);
        if (indexes.size() == 1) {
            return indexes.get(0);
        }
        List<Path> singles = files.withoutVariant(SINGLE);
        if (singles.size() != 1) {
            throw new InvalidFileException(
                    folder,
                    "expected one *.safetensors or *.gguf file, or an index of shards (*.safetensors.index.json); found "
                            + singles.size() + " files and " + indexes.size() + " indexes" + files.others(singles));
        }
        return singles.get(0);
    }

    /**
     * The tensors of {@code file}, an index of shards in its folder.
     *
     * @throws InvalidFileException if they are not all there
     */
    static Map<String, StoredTensor> sharded(Path index) {
        return new WeightFolder(index.resolveSibling("")).tensors(index);
    }

    /** Whether {@code file} is an index of shards, by its name. */
    static boolean isIndex(Path file) {
        return INDEX.matcher(nameOf(file)).matches();
    }

    /**
     * Fails if {@code file}, by its name, is not whole: a shard, or in a format that is not read.
     *
     * @throws InvalidFileException saying what it is
     */
    static void requireWhole(Path file) {
        Matcher shard = SHARD.matcher(nameOf(file));
        if (shard.matches() && Integer.parseInt(shard.group(2)) > 1) {
            throw new InvalidFileException(
                    file,
                    "is shard " + Integer.parseInt(shard.group(1)) + " of " + Integer.parseInt(shard.group(2))
                            + ", but the other shards and their index (*.safetensors.index.json) are missing");
        }
        if (PICKLE.matcher(nameOf(file)).matches()) {
            throw pickle(file);
        }
        if (UNFINISHED.matcher(nameOf(file)).matches()) {
            throw new InvalidFileException(file, "looks like an unfinished download");
        }
    }

    static InvalidFileException pickle(Path file) {
        return new InvalidFileException(
                file,
                "is in PyTorch's own format, which can run code and is not read; supported are *.safetensors and *.gguf");
    }

    /** Those without a variant; all where every one has one. */
    private List<Path> withoutVariant(Pattern kind) {
        List<Path> all = named(kind);
        List<Path> plain =
                all.stream().filter(file -> variantOf(kind, file).isEmpty()).toList();
        return plain.isEmpty() ? all : plain;
    }

    private static String variantOf(Pattern kind, Path file) {
        Matcher name = kind.matcher(nameOf(file));
        String variant = name.matches() ? name.group("variant") : null;
        return variant == null ? "" : variant;
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }

    private Map<String, StoredTensor> tensors(Path index) {
        JsonNode map = ModelFiles.json(index, new ObjectMapper()).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new InvalidFileException(index, "has no weight_map {tensor: file}");
        }
        Set<String> shards = new TreeSet<>();
        map.properties().forEach(field -> {
            String shard = field.getValue().asText();
            if (!field.getValue().isTextual() || !FILE_NAME.matcher(shard).matches()) {
                throw new InvalidFileException(
                        index, "tensor '" + field.getKey() + "' points to '" + shard + "', expected a file name");
            }
            shards.add(shard);
        });
        requireShards(index, shards);
        Map<String, Map<String, StoredTensor>> held = new LinkedHashMap<>();
        for (String shard : shards) {
            held.put(
                    shard,
                    SafetensorsHeader.read(ModelFiles.require(folder.resolve(shard)))
                            .tensors());
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        map.properties().forEach(field -> {
            String shard = field.getValue().asText();
            StoredTensor tensor = held.getOrDefault(shard, Map.of()).get(field.getKey());
            if (tensor == null) {
                throw new InvalidFileException(
                        folder.resolve(shard), "lacks tensor '" + field.getKey() + "', which the index places there");
            }
            tensors.put(field.getKey(), tensor);
        });
        return tensors;
    }

    private void requireShards(Path index, Set<String> shards) {
        List<String> missing = shards.stream()
                .filter(shard -> !Files.exists(folder.resolve(shard), LinkOption.NOFOLLOW_LINKS))
                .toList();
        if (!missing.isEmpty()) {
            throw new InvalidFileException(
                    index,
                    missing.size() + " of the " + shards.size() + " shards that it lists are missing, first "
                            + missing.get(0) + others(List.of()));
        }
    }

    /** What else lies there that explains it, to be put behind a message. */
    private String others(List<Path> singles) {
        List<Path> unfinished = named(UNFINISHED);
        if (!unfinished.isEmpty()) {
            return "; " + unfinished.get(0).getFileName() + " looks like an unfinished download";
        }
        if (singles.stream()
                .anyMatch(file -> SHARD.matcher(file.getFileName().toString()).matches())) {
            return "; the files are shards whose index is missing";
        }
        if (blobs().filter(blobs -> !new WeightFolder(blobs).named(UNFINISHED).isEmpty())
                .isPresent()) {
            return "; the Hub's cache has an unfinished download of that repository, which 'hf download' goes on with";
        }
        List<Path> pickles = named(PICKLE);
        return singles.isEmpty() && !pickles.isEmpty()
                ? "; " + pickles.get(0).getFileName()
                        + " is in PyTorch's own format, which can run code and is not read"
                : "";
    }

    /** Where the Hub's cache keeps the files of the repository that this folder is of, if it is of one. */
    private Optional<Path> blobs() {
        Path path = folder.toAbsolutePath().normalize();
        while (path.getNameCount() > 1 && !path.endsWith("snapshots")) {
            path = path.resolveSibling("");
        }
        Path blobs = path.resolveSibling("blobs");
        return path.endsWith("snapshots") && Files.isDirectory(blobs) ? Optional.of(blobs) : Optional.empty();
    }

    private List<Path> named(Pattern name) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(
                            file -> name.matcher(file.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidFileException(folder, "cannot be listed: " + e.getMessage(), e);
        }
    }
}
