package io.flowblend.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.checkpoint.OriginalConfig;
import io.flowblend.tensor.WeightFiles;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A model's {@code config.json}. Every getter checks kind and range and fails with a {@link InvalidFileException} that
 * names the file, the key, what stands there and what is supported. A key that is absent or null has its default; one
 * without a default has to be there.
 */
public final class ConfigFile {
    private static final String NAME = "config.json";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // diffusers writes -Infinity
            .build();

    /** Above this a size cannot be meant: products of two of them still fit a long. */
    private static final int LARGEST_SIZE = 1 << 24;

    private final Path file;
    private final JsonNode root;

    private ConfigFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * The config of a part in {@code source}, in the terms of diffusers: {@code config.json} in that folder or beside that file;
     * without one, what the tensors tell. One beside a file is left aside if it is of another class than the file.
     */
    public static ConfigFile in(Path source, ModelPart part) {
        if (!Files.exists(source)) {
            boolean file = source.toString().matches(".*\\.(safetensors|gguf)");
            throw new InvalidFileException(
                    source,
                    Files.isSymbolicLink(source)
                            ? "is a link to something that is not there"
                            : file ? "no such file" : "no such folder");
        }
        boolean folder = Files.isDirectory(source);
        Path beside = folder ? source.resolve(NAME) : source.resolveSibling(NAME);
        boolean there = Files.exists(beside, LinkOption.NOFOLLOW_LINKS);
        if (there ? folder || isOfFile(beside, source, part) : folder && !WeightFiles.areIn(source)) {
            return translated(beside);
        }
        return Checkpoint.config(source, part)
                .map(told -> new ConfigFile(source, told))
                .orElseGet(() -> translated(beside));
    }

    /** Whether a config is of a class that the file beside it may be of. */
    private static boolean isOfFile(Path config, Path file, ModelPart part) {
        Set<String> possible = Checkpoint.classes(file, part);
        return possible.isEmpty() || possible.contains(translated(config).named());
    }

    private static ConfigFile translated(Path file) {
        ConfigFile config = read(file);
        return new ConfigFile(file, OriginalConfig.inTermsOfDiffusers(file, (ObjectNode) config.root));
    }

    /** The keys and values. */
    public JsonNode tree() {
        return root.deepCopy();
    }

    /** Reads another file of that kind. */
    public static ConfigFile read(Path file) {
        JsonNode root = ModelFiles.json(file, JSON);
        if (!root.isObject()) {
            throw new InvalidFileException(file, "is not a JSON object");
        }
        return new ConfigFile(file, root);
    }

    public Path file() {
        return file;
    }

    /** The class that the folder holds: {@code _class_name} in diffusers, the first of {@code architectures} elsewhere. */
    public String architecture() {
        String name = named();
        if (name.isEmpty()) {
            throw new InvalidFileException(file, "lacks '_class_name' (or 'architectures')");
        }
        return name;
    }

    private String named() {
        return root.path("_class_name")
                .asText(root.path("architectures").path(0).asText());
    }

    /** All keys. */
    public Set<String> keys() {
        return root.properties().stream().map(Map.Entry::getKey).collect(Collectors.toUnmodifiableSet());
    }

    /** The value as it stands in the file, shortened; for messages. */
    public String text(String key) {
        return abbreviated(root.path(key));
    }

    /** Whether the key, one of a model_index.json, names a class: not null, nor a list of nulls. */
    public boolean names(String key) {
        JsonNode node = root.path(key);
        return node.isArray() ? node.valueStream().anyMatch(item -> !item.isNull()) : has(key);
    }

    /** Any number of whole numbers, from 0. */
    public List<Integer> indexes(String key) {
        return list(
                key,
                List.of(),
                "a list of whole numbers from 0",
                item -> item.isIntegralNumber() && item.canConvertToInt() && item.asInt() >= 0,
                JsonNode::asInt);
    }

    /** Whether the key has a value other than null. */
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /** A whole number from 1. */
    public int size(String key) {
        return size(key, value(key, "a whole number from 1"));
    }

    public int size(String key, int absent) {
        return has(key) ? size(key) : absent;
    }

    /** Exactly {@code count} whole numbers from 1. */
    public List<Integer> sizes(String key, int count) {
        JsonNode node = value(key, "a list of " + count + " whole numbers from 1");
        if (!node.isArray() || node.size() != count) {
            throw unsupported(key, "a list of " + count + " whole numbers from 1");
        }
        return node.valueStream().map(item -> size(key, item)).toList();
    }

    /** Any number of whole numbers from 1. */
    public List<Integer> sizes(String key, List<Integer> absent) {
        return list(key, absent, "a list of whole numbers from 1", JsonNode::isIntegralNumber, item -> size(key, item));
    }

    public List<Boolean> flags(String key, List<Boolean> absent) {
        return list(key, absent, "a list of true and false", JsonNode::isBoolean, JsonNode::asBoolean);
    }

    public List<String> texts(String key, List<String> absent) {
        return list(key, absent, "a list of texts", JsonNode::isTextual, JsonNode::asText);
    }

    private <T> List<T> list(
            String key, List<T> absent, String expected, Predicate<JsonNode> valid, Function<JsonNode, T> value) {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = root.get(key);
        if (!node.isArray() || !node.valueStream().allMatch(valid)) {
            throw unsupported(key, expected);
        }
        return node.valueStream().map(value).toList();
    }

    /** A number above 0. */
    public double positive(String key, double absent) {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = root.get(key);
        if (!node.isNumber() || !(node.asDouble() > 0) || !Double.isFinite(node.asDouble())) {
            throw unsupported(key, "a number above 0");
        }
        return node.asDouble();
    }

    public boolean flag(String key, boolean absent) {
        if (!has(key)) {
            return absent;
        }
        if (!root.get(key).isBoolean()) {
            throw unsupported(key, "true or false");
        }
        return root.get(key).asBoolean();
    }

    /** Fails unless the key has one of the {@code supported} values (text, numbers and truth values by their text). */
    public void require(String key, String... supported) {
        JsonNode node = value(key, String.join(" or ", supported));
        if (!node.isValueNode() || !List.of(supported).contains(node.asText())) {
            throw unsupported(key, String.join(" or ", supported));
        }
    }

    /** Fails unless the key is a list with the one {@code supported} text. */
    public void requireList(String key, String supported) {
        JsonNode node = value(key, "[\"" + supported + "\"]");
        if (!node.isArray() || node.size() != 1 || !node.get(0).asText().equals(supported)) {
            throw unsupported(key, "[\"" + supported + "\"]");
        }
    }

    /** As {@link #require}, but the key may also be absent or null. */
    public void requireIfPresent(String key, String... supported) {
        if (has(key)) {
            require(key, supported);
        }
    }

    /** Fails if one of the keys has a value: what they switch on is not supported. */
    public void requireAbsent(String... keys) {
        for (String key : keys) {
            if (has(key)) {
                throw unsupported(key, "null");
            }
        }
    }

    /** Fails if the config belongs to weights that are quantised in another way than fp8 with scales beside them. */
    public void requireNotQuantised() {
        JsonNode said = root.path("quantization_config");
        JsonNode block = said.path("weight_block_size");
        boolean fp8 = said.path("quant_method").asText().equals("fp8")
                && (block.isMissingNode() || block.isNull() || block.toString().equals("[128,128]"));
        if (has("quantization_config") && !fp8) {
            throw new InvalidFileException(
                    file,
                    "'quantization_config' is " + abbreviated(root.path("quantization_config"))
                            + ": supported are weights in floats, in fp8 with a scale for the whole, each row or each block of [128,128]"
                            + " (quant_method fp8), and GGUF files");
        }
    }

    /** The exception for a key whose value cannot be used. */
    public InvalidFileException unsupported(String key, String supported) {
        return new InvalidFileException(
                file, "'" + key + "' is " + abbreviated(root.path(key)) + "; supported is " + supported);
    }

    private int size(String key, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < 1 || node.asInt() > LARGEST_SIZE) {
            throw unsupported(key, "a whole number from 1 to " + LARGEST_SIZE);
        }
        return node.asInt();
    }

    private JsonNode value(String key, String expected) {
        if (!has(key)) {
            throw new InvalidFileException(file, "lacks '" + key + "', expected " + expected);
        }
        return root.get(key);
    }

    private static String abbreviated(JsonNode node) {
        String text = node.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
