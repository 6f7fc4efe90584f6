package io.flowblend.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A Hugging Face {@code tokenizer.json}. Whatever the file says about padding and truncation is left aside: callers say how
 * many positions there are.
 */
public final class PromptTokenizer implements AutoCloseable {
    private static final Pattern BLANKS = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

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

    private PromptTokenizer(Path file, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.tokenizer = tokenizer;
    }

    /** Reads {@code tokenizer.json} in {@code folder}, of the T5 kind, which puts one end token behind a prompt. */
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

    /** Reads {@code tokenizer.json} in {@code folder}, whatever tokens it puts around a prompt. */
    public static PromptTokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file, "no such file");
        }
        try (InputStream json = Files.newInputStream(file)) {
            return new PromptTokenizer(
                    file,
                    HuggingFaceTokenizer.newInstance(
                            json, Map.of("padding", "do_not_pad", "truncation", "do_not_truncate")));
        } catch (IOException | RuntimeException e) {
            throw new InvalidFileException(file, "is not a usable tokenizer: " + firstLine(e), e);
        }
    }

    public Path file() {
        return file;
    }

    /**
     * The tokens of {@code prompt}, blanks collapsed. Of a prompt with more than {@code positions}
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
        return tokenizer
                .encode(BLANKS.matcher(prompt).replaceAll(" ").strip(), true, false)
                .getIds();
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
