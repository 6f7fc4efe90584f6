package io.flowblend.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import io.flowblend.tensor.NativeRuntime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The tokenizer of a folder: its {@code tokenizer.json} or, where there is none, T5's {@code spiece.model}. Whatever the file
 * says about padding and truncation is left aside: callers say how many positions there are.
 */
public final class PromptTokenizer implements AutoCloseable {
    /** What Python calls blank. */
    private static final Pattern BLANKS = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final String CHARACTER_MAP = "precompiled_charsmap";
    private static final int LARGEST_OF_WORDS = 1 << 16;
    private static final JsonFactory JSON = new JsonFactory();

    static {
        // The library would report its start to its makers and look for another build of its natives on the network.
        for (Map.Entry<String, String> setting : Map.of(
                        "ai.djl.offline", "true", "OPT_OUT_TRACKING", "true", "RUST_FLAVOR", "cpu")
                .entrySet()) {
            if (System.getProperty(setting.getKey()) == null) {
                System.setProperty(setting.getKey(), setting.getValue());
            }
        }
    }

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;
    private final List<String> words;

    private PromptTokenizer(Path file, HuggingFaceTokenizer tokenizer, List<String> words) {
        this.file = file;
        this.words = words;
        this.tokenizer = tokenizer;
    }

    /** Reads the tokenizer in {@code folder}, of the T5 kind, which puts one end token behind a prompt. */
    public static PromptTokenizer load(Path folder) {
        PromptTokenizer loaded = open(folder);
        int marks = loaded.ids("").length;
        if (marks != 1) {
            loaded.close();
            throw new InvalidFileException(
                    loaded.file, "turns the empty text into " + marks + " tokens, expected the end token alone");
        }
        return loaded;
    }

    /** Reads the tokenizer in {@code folder}, whatever tokens it puts around a prompt. */
    public static PromptTokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        Path pieces = folder.resolve(T5TokenizerJson.MODEL);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return of(file, bytes(file));
        }
        if (Files.exists(pieces, LinkOption.NOFOLLOW_LINKS)) {
            return of(pieces, T5TokenizerJson.of(folder).getBytes(StandardCharsets.UTF_8));
        }
        throw new InvalidFileException(file, "no such file, nor a " + T5TokenizerJson.MODEL + " in its place");
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(ModelFiles.require(file));
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static PromptTokenizer of(Path file, byte[] json) {
        try {
            if (!characterMaps(json).stream().allMatch(CharacterMap::isValid)) {
                throw new InvalidFileException(file, "has a damaged map of characters (" + CHARACTER_MAP + ")");
            }
            return new PromptTokenizer(
                    file,
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(json),
                            Map.of("padding", "do_not_pad", "truncation", "do_not_truncate")),
                    words(json));
        } catch (InvalidFileException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new InvalidFileException(file, "is not a usable tokenizer: " + NativeRuntime.firstLine(e), e);
        }
    }

    private static List<byte[]> characterMaps(byte[] json) throws IOException {
        List<byte[]> maps = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && CHARACTER_MAP.equals(parser.currentName())) {
                    maps.add(parser.getBinaryValue());
                }
            }
        }
        return maps;
    }

    /** The vocabulary of a tokenizer that knows whole words alone, marks left out; otherwise empty. */
    private static List<String> words(byte[] json) throws IOException {
        if (json.length > LARGEST_OF_WORDS) {
            return List.of();
        }
        JsonNode model = new ObjectMapper().readTree(json).path("model");
        return model.path("type").asText().equals("WordLevel")
                ? model.path("vocab").properties().stream()
                        .map(Map.Entry::getKey)
                        .filter(word -> !word.startsWith("<"))
                        .sorted()
                        .toList()
                : List.of();
    }

    /** Its words, if it knows whole words alone and they are few; otherwise empty. */
    public List<String> words() {
        return words;
    }

    public Path file() {
        return file;
    }

    /** {@code prompt} with one space for any number of blanks, and none at its ends. */
    public static String withoutExtraBlanks(String prompt) {
        return BLANKS.matcher(prompt).replaceAll(" ").strip();
    }

    /**
     * The tokens of {@code prompt}. Of a prompt with more than {@code positions}
     * tokens the last ones in front of the very last, the end token, are left out.
     */
    public long[] ids(String prompt, int positions) {
        long[] ids = ids(prompt);
        if (ids.length <= positions) {
            return ids;
        }
        long[] cut = Arrays.copyOf(ids, positions);
        cut[positions - 1] = ids[ids.length - 1];
        return cut;
    }

    /** All tokens of {@code prompt}, however many. */
    public long[] ids(String prompt) {
        return tokenizer.encode(prompt, true, false).getIds();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
