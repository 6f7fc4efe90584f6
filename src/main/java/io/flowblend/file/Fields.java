package io.flowblend.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Strict reading of one object of a JSON or YAML file: every key is asked for by name and type, and a key that is
 * missing, of another type, out of its range or never asked for is one {@link InvalidFileException} that names it.
 */
public final class Fields {
    private static final String EXTENDS = "extends";
    private static final ObjectMapper JSON = strict(JsonMapper.builder());
    private static final ObjectMapper YAML = strict(YAMLMapper.builder());

    private final String file;
    private final String path;
    private final JsonNode node;
    private final Set<String> asked = new LinkedHashSet<>();

    private Fields(String file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
        if (!node.isObject()) {
            throw new InvalidFileException(file, describe(path) + " must be an object with named fields");
        }
    }

    /**
     * Reads a whole file.
     *
     * @param file its name for messages; its ending, {@code .json} or not, says which format it has
     * @param build makes the value; an {@link IllegalArgumentException} from it becomes an error of the file
     */
    public static <T> T read(String file, InputStream in, Function<Fields, T> build) {
        return new Fields(file, "", tree(file, in)).build(build);
    }

    /**
     * Reads a whole file that may name another one in {@value #EXTENDS}: what it leaves out is taken from there.
     *
     * @param base opens the file of a name, or throws {@link InvalidFileException}
     */
    public static <T> T readExtending(
            String file, InputStream in, Function<String, InputStream> base, Function<Fields, T> build) {
        return new Fields(file, "", extended(file, tree(file, in), base, new LinkedHashSet<>(Set.of(file))))
                .build(build);
    }

    private static JsonNode extended(String file, JsonNode root, Function<String, InputStream> base, Set<String> seen) {
        JsonNode name = root.isObject() ? ((ObjectNode) root).remove(EXTENDS) : null;
        if (name == null) {
            return root;
        }
        if (!name.isTextual() || !seen.add(name.textValue())) {
            throw new InvalidFileException(
                    file, "'" + EXTENDS + "' must name another file that does not lead back here, not " + name);
        }
        JsonNode under = extended(file, tree(file, base.apply(name.textValue())), base, seen);
        if (!(under instanceof ObjectNode merged)) {
            throw new InvalidFileException(file, "'" + EXTENDS + "' names a file that is not an object");
        }
        return merged.setAll((ObjectNode) root);
    }

    private static JsonNode tree(String file, InputStream in) {
        JsonNode root;
        try (in) {
            root = (file.endsWith(".json") ? JSON : YAML).readTree(in);
        } catch (JacksonException e) {
            String where =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new InvalidFileException(file, "is malformed" + where + ": " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read");
        }
        return root;
    }

    private static ObjectMapper strict(MapperBuilder<?, ?> builder) {
        return builder.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /** Whether the key, one that may be left out, is there. */
    public boolean has(String key) {
        asked.add(key);
        return node.has(key);
    }

    public double number(String key) {
        JsonNode value = ask(key, JsonNodeType.NUMBER, "a number");
        double number = value.doubleValue();
        if (!Double.isFinite(number)) {
            throw problem(key, "must be a finite number");
        }
        return number;
    }

    public int integer(String key) {
        JsonNode value = ask(key, JsonNodeType.NUMBER, "a whole number");
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw problem(key, "must be a whole number, not " + value);
        }
        return value.intValue();
    }

    public boolean flag(String key) {
        return ask(key, JsonNodeType.BOOLEAN, "true or false").booleanValue();
    }

    public String text(String key) {
        return ask(key, JsonNodeType.STRING, "text").textValue();
    }

    public List<String> texts(String key) {
        List<String> values = new ArrayList<>();
        for (JsonNode element : ask(key, JsonNodeType.ARRAY, "a list of texts")) {
            if (!element.isTextual()) {
                throw problem(key + "[" + values.size() + "]", "must be text, not " + firstLine(element.toString()));
            }
            values.add(element.textValue());
        }
        return values;
    }

    /** A list of lists of texts. */
    public List<List<String>> textLists(String key) {
        List<List<String>> values = new ArrayList<>();
        for (JsonNode element : ask(key, JsonNodeType.ARRAY, "a list of lists of texts")) {
            List<String> texts = new ArrayList<>();
            element.forEach(text -> texts.add(text.isTextual() ? text.textValue() : ""));
            if (!element.isArray() || texts.contains("")) {
                throw problem(
                        key + "[" + values.size() + "]",
                        "must be a list of texts, none empty, not " + firstLine(element.toString()));
            }
            values.add(texts);
        }
        return values;
    }

    public List<Double> numbers(String key) {
        List<Double> values = new ArrayList<>();
        for (JsonNode element : ask(key, JsonNodeType.ARRAY, "a list of numbers")) {
            if (!element.isNumber() || !Double.isFinite(element.doubleValue())) {
                throw problem(
                        key + "[" + values.size() + "]",
                        "must be a finite number, not " + firstLine(element.toString()));
            }
            values.add(element.doubleValue());
        }
        return values;
    }

    /** The number at {@code key}, or the numbers if it is a list. */
    public List<Double> numberOrNumbers(String key) {
        return has(key) && node.get(key).isArray() ? numbers(key) : List.of(number(key));
    }

    public <T> T object(String key, Function<Fields, T> build) {
        return new Fields(file, at(key), ask(key, JsonNodeType.OBJECT, "an object")).build(build);
    }

    /** The text at {@code key}, if it is there. */
    public Optional<String> optionalText(String key) {
        return has(key) ? Optional.of(text(key)) : Optional.empty();
    }

    /** The finite number at {@code key}, if it is there. */
    public OptionalDouble optionalNumber(String key) {
        return has(key) ? OptionalDouble.of(number(key)) : OptionalDouble.empty();
    }

    public <T> Optional<T> optionalObject(String key, Function<Fields, T> build) {
        return has(key) ? Optional.of(object(key, build)) : Optional.empty();
    }

    public <T> List<T> list(String key, Function<Fields, T> build) {
        List<T> values = new ArrayList<>();
        for (JsonNode element : ask(key, JsonNodeType.ARRAY, "a list")) {
            values.add(new Fields(file, at(key) + "[" + values.size() + "]", element).build(build));
        }
        return values;
    }

    private <T> T build(Function<Fields, T> build) {
        T value;
        try {
            value = build.apply(this);
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(file, (path.isEmpty() ? "" : path + ": ") + e.getMessage());
        }
        node.fieldNames().forEachRemaining(key -> {
            if (!asked.contains(key)) {
                String nearest = nearest(key)
                        .map(meant -> "did you mean '" + meant + "'?")
                        .orElseGet(() -> "expected " + String.join(", ", asked));
                throw problem(key, "is unknown; " + nearest);
            }
        });
        return value;
    }

    /** The key that a misspelt one is nearest to, if any is near. */
    private Optional<String> nearest(String key) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        return asked.stream()
                .filter(known -> distance.apply(known, key) <= Math.max(1, key.length() / 4))
                .min(Comparator.comparingInt(known -> distance.apply(known, key)));
    }

    private JsonNode ask(String key, JsonNodeType type, String expected) {
        asked.add(key);
        JsonNode value = node.get(key);
        if (value == null) {
            throw problem(key, "is missing; expected " + expected);
        }
        if (value.getNodeType() != type) {
            throw problem(key, "must be " + expected + ", not " + firstLine(value.toString()));
        }
        return value;
    }

    private InvalidFileException problem(String key, String problem) {
        return new InvalidFileException(file, describe(at(key)) + " " + problem);
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String describe(String path) {
        return path.isEmpty() ? "the file" : "'" + path + "'";
    }

    private static String firstLine(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() > 120 ? line.substring(0, 120) + "..." : line;
    }
}
