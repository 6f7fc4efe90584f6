package io.flowblend.model.pair;

import io.flowblend.file.Fields;
import io.flowblend.file.HubCache;
import io.flowblend.tensor.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folders and files that a {@code pair.yaml} names: relative to its own folder, absolute, or {@code hf://} and an address in
 * the local cache of the Hub.
 *
 * @param base the file's own folder
 * @param cache of the Hub
 * @param variant of the weights that is taken where a folder has it, such as fp16
 */
record PairFiles(Path base, HubCache cache, Optional<String> variant) {
    private static final Pattern WEIGHTS = Pattern.compile(".*\\.(safetensors|gguf|json)");

    PairFiles(Path base, HubCache cache) {
        this(base, cache, Optional.empty());
    }

    PairFiles withVariant(Optional<String> chosen) {
        chosen.filter(name -> !name.matches("[\\w-]+")).ifPresent(name -> {
            throw new IllegalArgumentException(
                    "'variant' is '" + name + "', expected the word that stands in the names of"
                            + " files, such as fp16 in model.fp16.safetensors");
        });
        return new PairFiles(base, cache, chosen);
    }

    /** What stands at {@code key}: a folder, or the file in it that the variant chooses. */
    Path named(Fields fields, String key) {
        String text = fields.text(key);
        Path path = text.startsWith(HubCache.SCHEME)
                ? cache.resolve(text)
                : base.resolve(text).normalize();
        return variant.filter(name -> Files.isDirectory(path))
                .flatMap(name -> WeightFiles.variant(path, name))
                .orElse(path);
    }

    /** Fails if none of {@code parts} is a file of the variant that was asked for. */
    void requireVariant(Path... parts) {
        variant.filter(name -> Stream.of(parts)
                        .noneMatch(part -> String.valueOf(part.getFileName()).contains("." + name + ".")))
                .ifPresent(name -> {
                    throw new IllegalArgumentException(
                            "'variant' is '" + name + "', but none of the pair's folders has weights of that variant");
                });
    }

    /** Fails if {@code model} is a file that holds no weights: only TorchScript can be meant then. */
    static void requireWeights(Path model) {
        if (Files.isRegularFile(model) && !WEIGHTS.matcher(model.toString()).matches()) {
            throw new IllegalArgumentException(
                    "'torchscript' is missing, it has to say how " + model.getFileName()
                            + " is used; weights are read from *.safetensors and *.gguf files (PyTorch's own format can run code)");
        }
    }

    /** The folder of a model: itself, or the one that its file lies in. */
    static Path folderOf(Path model) {
        return Files.isRegularFile(model)
                ? model.toAbsolutePath().resolveSibling("").normalize()
                : model;
    }
}
