package io.flowblend.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.PairCopies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** T5 folders without a {@code tokenizer.json}, held against the ids of transformers (make_t5_tokenizer.py). */
class PromptTokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path T5 = Path.of("src/test/resources/t5-tokenizer");
    private static final int MODEL_TYPE = 3;
    private static final int BPE = 2;

    private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path config = Path.of("");

    @BeforeEach
    void copyTheModel(@TempDir Path directory) throws IOException {
        folder = directory;
        model = Files.copy(T5.resolve("spiece.model"), directory.resolve("spiece.model"));
        config = directory.resolve("tokenizer_config.json");
    }

    @Test
    void givesTheIdsOfTransformersForASavedFolder() throws IOException {
        assertIdsOfTransformers(T5);
    }

    @Test
    void givesThemForTheModelAlone() throws IOException {
        assertIdsOfTransformers(folder);
    }

    private static void assertIdsOfTransformers(Path folder) throws IOException {
        JsonNode cases = JSON.readTree(T5.resolve("cases.json").toFile());
        assertTrue(cases.path("cases").size() > 50);
        try (PromptTokenizer tokenizer = PromptTokenizer.load(folder)) {
            for (JsonNode known : cases.path("cases")) {
                String prompt = known.path("prompt").asText();
                assertArrayEquals(longs(known.path("ids")), tokenizer.ids(prompt), prompt);
                assertArrayEquals(
                        longs(known.path("cut")),
                        tokenizer.ids(prompt, cases.path("cut").asInt()),
                        prompt);
            }
        }
    }

    @Test
    void takesTokenizerJsonWhereThereIsOne() throws IOException {
        Files.copy(PairCopies.ORIGINAL.resolve("tokenizer/tokenizer.json"), folder.resolve("tokenizer.json"));
        try (PromptTokenizer tokenizer = PromptTokenizer.load(folder)) {
            assertEquals("tokenizer.json", String.valueOf(tokenizer.file().getFileName()));
        }
    }

    @Test
    void namesBothFilesThatWouldDo() throws IOException {
        Files.delete(model);
        assertFails("tokenizer.json: no such file, nor a spiece.model in its place");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "7, 7"})
    void hasAsManyExtraIdsAsTheConfigSays(int extraIds, int marks) throws IOException {
        Files.writeString(config, "{\"extra_ids\": " + extraIds + "}");
        int pieces = SentencePieces.read(model).pieces().size();
        try (PromptTokenizer tokenizer = PromptTokenizer.load(folder)) {
            for (int i = 0; i < marks; i++) {
                assertArrayEquals(new long[] {pieces + marks - 1 - i, 1}, tokenizer.ids("<extra_id_" + i + ">"));
            }
            assertTrue(tokenizer.ids("<extra_id_" + marks + ">").length > 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "\"100\"", "100000", "null"})
    void refusesAnImpossibleNumberOfExtraIds(String extraIds) throws IOException {
        Files.writeString(config, "{\"extra_ids\": " + extraIds + "}");
        assertFails("tokenizer_config.json: 'extra_ids' is " + extraIds + ", expected a whole number from 0 to 10000");
    }

    @Test
    void refusesTokensThatTheModelDoesNotHave() throws IOException {
        Files.writeString(config, "{\"added_tokens_decoder\": {\"5\": {\"content\": \"<mask>\"}}}");
        assertFails("tokenizer_config.json: 'added_tokens_decoder' has '<mask>' as token 5");
        Files.writeString(config, "{\"added_tokens_decoder\": {\"99999999999\": {\"content\": \"<pad>\"}}}");
        assertFails("has '<pad>' as token 99999999999");
    }

    @Test
    void refusesADamagedConfig() throws IOException {
        Files.writeString(config, "{\"extra_ids\":");
        assertFails("tokenizer_config.json: is not valid JSON");
        Files.writeString(config, "[]");
        assertFails("tokenizer_config.json: is not a JSON object");
    }

    @Test
    void refusesEveryTruncatedModel() throws IOException {
        byte[] whole = Files.readAllBytes(model);
        int lastPiece = SentencePieces.read(model).pieces().size();
        for (int length : new int[] {0, 1, 7, 100, lastPiece, 4000, whole.length / 2, whole.length - 1}) {
            Files.write(model, Arrays.copyOf(whole, length));
            assertFails("spiece.model: ");
        }
    }

    /** The native library would end the process. */
    @ParameterizedTest
    @CsvSource({"0, 01", "3, 7F", "6, FF"})
    void refusesADamagedMapOfCharacters(int at, String hex) throws IOException {
        byte[] map = SentencePieces.read(model).characterMap();
        assertTrue(CharacterMap.isValid(map));
        byte[] bytes = Files.readAllBytes(model);
        int begin = indexOf(bytes, map);
        bytes[begin + at] = (byte) Integer.parseInt(hex, 16);
        Files.write(model, bytes);
        assertFails("spiece.model: has a damaged map of characters (precompiled_charsmap)");
        Files.writeString(folder.resolve("tokenizer.json"), T5TokenizerJson.of(folder));
        assertFails("tokenizer.json: has a damaged map of characters (precompiled_charsmap)");
    }

    @Test
    void refusesAMapOfCharactersThatIsNotEvenBytes() throws IOException {
        Path json = folder.resolve("tokenizer.json");
        Files.writeString(json, T5TokenizerJson.of(folder).replace("charsmap\":\"", "charsmap\":\"*"));
        assertFails("tokenizer.json: is not a usable tokenizer: Failed to decode");
    }

    private static int indexOf(byte[] all, byte[] part) {
        return IntStream.range(0, all.length - part.length + 1)
                .filter(i -> Arrays.equals(all, i, i + part.length, part, 0, part.length))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void refusesWhatIsNoModel() throws IOException {
        Files.writeString(model, "version https://git-lfs.github.com/spec/v1\noid sha256:d60acb12\nsize 791656\n");
        assertFails("spiece.model: is a Git LFS pointer and not the file itself");
    }

    @Test
    void refusesAModelOfAnotherKind() throws IOException {
        Files.write(model, new byte[] {2 << 3 | 2, 2, MODEL_TYPE << 3, BPE}, StandardOpenOption.APPEND);
        assertFails("spiece.model: is a SentencePiece model of the kind BPE, expected unigram");
    }

    @Test
    void refusesAModelWhosePiecesAreNotThoseOfT5() throws IOException {
        byte[] piece = "<s>".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {1 << 3 | 2, (byte) (piece.length + 2), 1 << 3 | 2, (byte) piece.length});
        bytes.write(piece);
        Files.write(model, bytes.toByteArray());
        assertFails("spiece.model: is not a SentencePiece model, or damaged: lacks the settings");
        Files.write(model, new byte[] {2 << 3 | 2, 0, 3 << 3 | 2, 0}, StandardOpenOption.APPEND);
        assertFails("spiece.model: begins with the pieces [<s>], expected those of T5, [<pad>, </s>, <unk>]");
    }

    @Test
    void refusesLinksThatLeadOutOfTheFolder(@TempDir Path elsewhere) throws IOException {
        Path outside = elsewhere.resolve("outside");
        Files.move(model, outside);
        Files.createSymbolicLink(model, outside);
        assertFails("spiece.model: is a link that leads out of its folder");
        Files.createSymbolicLink(folder.resolve("tokenizer.json"), outside);
        assertFails("tokenizer.json: is a link that leads out of its folder");
    }

    private static long[] longs(JsonNode array) {
        return array.valueStream().mapToLong(JsonNode::asLong).toArray();
    }

    private void assertFails(String part) {
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> PromptTokenizer.load(folder))
                .getMessage());
        assertTrue(message.contains(part), message);
    }
}
