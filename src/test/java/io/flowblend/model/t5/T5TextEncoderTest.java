package io.flowblend.model.t5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PromptTokenizer;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class T5TextEncoderTest {
    private static final Path PAIR = PairCopies.ORIGINAL;
    private static final Path MODEL = PAIR.resolve("text_encoder");
    private static final Path TOKENIZER = PAIR.resolve("tokenizer");
    private static final Path PIPELINE = PairCopies.REFERENCE;
    private static final int POSITIONS = 32;

    @Test
    void oneThatIsBroughtForEachPromptTakesItsWeightsBesideItsWork() {
        try (T5TextEncoder kept = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS, Placement.CPU, true);
                T5TextEncoder brought = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS, Placement.CPU, false)) {
            long weights = Float.BYTES * T5Encoder.parameters(MODEL);
            assertEquals(T5Encoder.workingBytes(MODEL, POSITIONS, Placement.CPU), kept.workingBytes());
            assertEquals(weights, brought.workingBytes() - kept.workingBytes());
        }
    }

    /** Whole models, with either name of the embeddings, and as ComfyUI keeps them: a tokenizer beside, in a checkpoint of all parts. */
    @ParameterizedTest
    @CsvSource({
        "encoder.embed_tokens.weight, '', '[\"UMT5ForConditionalGeneration\"]'",
        "encoder.embed_tokens.weight, '', ''",
        "shared.weight, text_encoders.umt5xxl.transformer., '[]'",
        "shared.weight, text_encoders.umt5xxl.transformer., none"
    })
    void encodesTheSameFromWholeModelsAndCheckpoints(
            String embeddings, String prefix, String architectures, @TempDir Path folder) throws IOException {
        SafetensorsFile file = SafetensorsFile.read(MODEL.resolve("model.safetensors"))
                .renamed(name -> prefix + (name.equals("shared.weight") ? embeddings : name))
                .put(prefix + "lm_head.weight", new float[64], 1, 64)
                .put(prefix + "decoder.block.0.layer.0.layer_norm.weight", new float[1], 1)
                .put(prefix + "spiece_model", "U8", new byte[3], 3);
        if (!prefix.isEmpty()) {
            file.put("vae.conv1.weight", new float[1], 1);
        }
        file.write(folder.resolve("encoder.safetensors"));
        if (!architectures.equals("none")) {
            ObjectMapper json = new ObjectMapper();
            ObjectNode config =
                    (ObjectNode) json.readTree(MODEL.resolve("config.json").toFile());
            config.remove("architectures");
            if (!architectures.isEmpty()) {
                config.set("architectures", json.readTree(architectures));
            }
            json.writeValue(folder.resolve("config.json").toFile(), config);
        }
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder usual = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS);
                T5TextEncoder other = T5TextEncoder.load(folder, TOKENIZER, POSITIONS)) {
            assertArrayEquals(
                    TensorData.toFloats(usual.encode("a red seven").values()),
                    TensorData.toFloats(other.encode("a red seven").values()));
        }
    }

    @Test
    void encodesAPromptAsThePipelineOfDiffusersDoes() throws IOException {
        String prompt = new ObjectMapper()
                .readTree(PIPELINE.resolve("case.json").toFile())
                .get("prompt")
                .asText();
        try (TensorScope scope = TensorScope.open();
                Weights expected = Weights.open(PIPELINE.resolve("case.safetensors"));
                T5TextEncoder encoder = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS)) {
            Tensor embeddings = encoder.encode(prompt).values();
            assertArrayEquals(TensorData.shape(expected.tensor("prompt_embeds")), TensorData.shape(embeddings));
            assertTrue(TensorData.relativeL2(embeddings, expected.tensor("prompt_embeds")) < 1e-5);
            assertTrue(TensorData.relativeL2(encoder.encode("").values(), expected.tensor("negative_prompt_embeds"))
                    < 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6, 7, 8, 9, 30, 20_000})
    void takesPromptsOfEveryLength(int words) {
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder encoder = T5TextEncoder.load(MODEL, TOKENIZER, 8)) {
            String prompt = "red ".repeat(words);
            Tensor embeddings = encoder.encode(prompt).values();
            assertEquals(words + 1, encoder.tokens(prompt));
            assertEquals(8, embeddings.size(1));
            int used = Math.min(words + 1, 8);
            assertEquals(0, embeddings.narrow(1, used, 8L - used).abs().sum().item_float());
            assertTrue(embeddings.narrow(1, used - 1, 1).abs().sum().item_float() > 0);
        }
    }

    @Test
    void t5EncodesPaddingWithThePromptAndMasksItOut() {
        Path model = Path.of("src/test/resources/reference/t5-1/model");
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder encoder = T5TextEncoder.load(model, TOKENIZER, 9);
                T5Encoder plain = T5Encoder.load(model);
                PromptTokenizer tokenizer = PromptTokenizer.load(TOKENIZER)) {
            TextEmbeddings embeddings = encoder.encode("a red seven");
            long[] ids = tokenizer.ids("a red seven");
            Tensor expected = plain.encode(Arrays.copyOf(ids, 9)).unsqueeze(0);
            assertEquals(0, TensorData.relativeL2(embeddings.values(), expected));
            assertArrayEquals(
                    new float[] {1, 1, 1, 1, 0, 0, 0, 0, 0},
                    TensorData.toFloats(embeddings.mask().orElseThrow()));
            assertTrue(
                    encoder.encode("red ".repeat(20)).mask().orElseThrow().sum().item_float() == 9);
        }
    }

    @Test
    void cutsALongPromptInFrontOfItsEndToken() {
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder encoder = T5TextEncoder.load(MODEL, TOKENIZER, 4)) {
            Tensor cut = encoder.encode("a red seven moves left slowly").values();
            assertEquals(
                    0, TensorData.relativeL2(cut, encoder.encode("a red seven").values()));
        }
    }

    @Test
    void collapsesBlanks() {
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder encoder = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS)) {
            Tensor plain = encoder.encode("a red seven").values();
            assertEquals(
                    0,
                    TensorData.relativeL2(
                            encoder.encode("\t a\u00a0red \n\n seven ").values(), plain));
        }
    }

    /** Expected values are of Python's ftfy.fix_text, then html.unescape twice. */
    @ParameterizedTest
    @CsvSource({
        "a &quot;red&quot; seven, 'a \"red\" seven'",
        "seven &amp;amp; three, seven & three",
        "&#114;ed&#x20;seven, red seven",
        "red&nbsp;seven, red seven",
        "red &ampseven, red &seven",
        "red &amp;amp;amp; seven, red & seven",
        "AT&T &nosuch; &, AT&T &nosuch; &",
    })
    void readsEntitiesOfHtmlForWan(String prompt, String plain) {
        try (TensorScope scope = TensorScope.open();
                T5TextEncoder umt5 = T5TextEncoder.load(MODEL, TOKENIZER, POSITIONS);
                PromptTokenizer tokenizer = PromptTokenizer.load(TOKENIZER);
                T5Encoder encoder = T5Encoder.load(MODEL)) {
            long[] ids = tokenizer.ids(plain, POSITIONS);
            Tensor expected = encoder.encode(ids).unsqueeze(0);
            Tensor got = umt5.encode(prompt).values().narrow(1, 0, ids.length);
            assertEquals(0, TensorData.relativeL2(got, expected));
        }
    }

    /** transformers drops a vertical tab with T5's model; Wan's pipeline makes it a space first. LTX's leaves entities. */
    @Test
    void leavesBlanksAndEntitiesToTheTokenizerWithT5() {
        Path model = Path.of("src/test/resources/reference/t5-1/model");
        Path tokenizer = Path.of("src/test/resources/t5-tokenizer");
        try (T5TextEncoder t5 = T5TextEncoder.load(model, tokenizer, POSITIONS);
                T5TextEncoder umt5 = T5TextEncoder.load(MODEL, tokenizer, POSITIONS);
                PromptTokenizer plain = PromptTokenizer.load(tokenizer)) {
            assertEquals(t5.tokens("redseven"), t5.tokens("red\u000bseven"));
            assertEquals(umt5.tokens("redseven"), umt5.tokens("red\u000bseven"));
            assertEquals(umt5.tokens("redseven"), umt5.tokens("red\u001cseven"));
            assertEquals(plain.ids("red &amp; seven").length, t5.tokens("red &amp; seven"));
            assertEquals(umt5.tokens("red & seven"), umt5.tokens("red &amp; seven"));
        }
    }

    @Test
    void leavesPaddingAndTruncationOfTheFileAside(@TempDir Path folder) throws IOException {
        ObjectNode json = (ObjectNode)
                new ObjectMapper().readTree(TOKENIZER.resolve("tokenizer.json").toFile());
        json.putObject("truncation")
                .put("direction", "Right")
                .put("max_length", 3)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        ObjectNode padding = json.putObject("padding");
        padding.putObject("strategy").put("Fixed", 20);
        padding.put("direction", "Right")
                .putNull("pad_to_multiple_of")
                .put("pad_id", 0)
                .put("pad_type_id", 0)
                .put("pad_token", "<pad>");
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        try (T5TextEncoder encoder = T5TextEncoder.load(MODEL, folder, POSITIONS)) {
            assertEquals(7, encoder.tokens("a red seven moves left slowly"));
        }
    }

    @Test
    void namesTheTokenizerThatIsMissingOrDamaged(@TempDir Path folder) throws IOException {
        assertFails("tokenizer.json: no such file", () -> T5TextEncoder.load(MODEL, folder, POSITIONS));
        Files.writeString(folder.resolve("tokenizer.json"), "{\"version\": \"1.0\", \"model\":");
        assertFails("tokenizer.json: is not a usable tokenizer", () -> T5TextEncoder.load(MODEL, folder, POSITIONS));
    }

    @Test
    void refusesATokenizerWithoutAnEndToken(@TempDir Path folder) throws IOException {
        ObjectNode json = (ObjectNode)
                new ObjectMapper().readTree(TOKENIZER.resolve("tokenizer.json").toFile());
        json.putNull("post_processor");
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        assertFails(
                "turns the empty text into 0 tokens, expected the end token alone",
                () -> T5TextEncoder.load(MODEL, folder, POSITIONS));
    }

    @Test
    void refusesATokenizerThatKnowsMoreTokensThanTheEncoder(@TempDir Path folder) throws IOException {
        int known = new ObjectMapper()
                .readTree(MODEL.resolve("config.json").toFile())
                .get("vocab_size")
                .asInt();
        String json = Files.readString(TOKENIZER.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer.json"), json.replaceFirst("\"fast\": \\d+", "\"fast\": " + known));
        try (T5TextEncoder encoder = T5TextEncoder.load(MODEL, folder, POSITIONS)) {
            assertFails(
                    "gives token id " + known + ", the text encoder knows " + known + " ids",
                    () -> encoder.encode("fast"));
        }
    }

    @ParameterizedTest
    @CsvSource({"model_type, t5, umt5", "feed_forward_proj, relu, gated-gelu", "dense_act_fn, silu, gelu_new"})
    void refusesAnotherArchitecture(String key, String value, String supported, @TempDir Path folder)
            throws IOException {
        ObjectNode json = (ObjectNode)
                new ObjectMapper().readTree(MODEL.resolve("config.json").toFile());
        Files.writeString(folder.resolve("config.json"), json.put(key, value).toString());
        Files.copy(MODEL.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        assertFails("'" + key + "' is \"" + value + "\"; supported is " + supported, () -> T5Encoder.load(folder));
    }

    private static void assertFails(String part, Executable load) {
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, load).getMessage());
        assertTrue(message.contains(part), message);
    }
}
