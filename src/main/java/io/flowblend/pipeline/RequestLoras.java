package io.flowblend.pipeline;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.lora.Lora;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * LoRA files of a folder that requests may name. A pair with one of them is a pair of its own, {@code PAIR--NAME}, with evidence of
 * its own. Of those that belong to one pair, the models of the one that was used last are in memory.
 */
final class RequestLoras implements AutoCloseable {
    private static final String BETWEEN = "--";
    private static final String ENDING = ".safetensors";

    private final Optional<Path> folder;
    private final Map<String, Variant> variants = new HashMap<>();

    private record Variant(Path file, FileTime changed, PairPipeline pipeline) {}

    /** @throws InvalidFileException if the folder is not there */
    RequestLoras(Optional<Path> folder) {
        this.folder = folder;
        files();
    }

    /** The id of a pair with a LoRA file. */
    static String id(String pair, String lora) {
        return pair + BETWEEN + lora;
    }

    /** Names that requests may say, sorted. */
    List<String> names() {
        return List.copyOf(files().keySet());
    }

    /** By name: that of the file in lower case, with a hyphen for what ids may not have. */
    private Map<String, Path> files() {
        Map<String, Path> files = new TreeMap<>();
        folder.ifPresent(there -> {
            try (Stream<Path> entries = Files.list(there)) {
                entries.filter(file -> file.toString().endsWith(ENDING))
                        .sorted()
                        .forEach(file -> files.putIfAbsent(name(file), file));
            } catch (IOException e) {
                throw new InvalidFileException(there.toString(), "the folder of LoRA files cannot be listed");
            }
        });
        return files;
    }

    private static String name(Path file) {
        String full = String.valueOf(file.getFileName());
        return full.substring(0, full.length() - ENDING.length())
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9._-]", "-");
    }

    /**
     * The pair with the file that {@code id} names.
     *
     * @throws InvalidFileException if the file is damaged or does not fit the pair
     */
    synchronized Optional<VideoPipeline> find(String id, Map<String, PairPipeline> pairs) {
        if (!id.contains(BETWEEN)) {
            return Optional.empty();
        }
        return files().entrySet().stream()
                .filter(named -> id.endsWith(BETWEEN + named.getKey()))
                .flatMap(named -> Optional.ofNullable(
                        pairs.get(id.substring(0, id.length() - named.getKey().length() - BETWEEN.length())))
                        .map(pair -> (VideoPipeline) of(id, pair, named.getValue()))
                        .stream())
                .findFirst();
    }

    private PairPipeline of(String id, PairPipeline pair, Path file) {
        FileTime changed = changed(file);
        Variant known = variants.get(id);
        if (known == null || !known.file().equals(file) || !known.changed().equals(changed)) {
            known = new Variant(file, changed, pair.with(id, new Lora(file, 1)));
            variants.put(id, known);
        }
        return known.pipeline();
    }

    @Override
    public synchronized void close() {
        variants.values().forEach(variant -> variant.pipeline().close());
        variants.clear();
    }

    private static FileTime changed(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }
}
