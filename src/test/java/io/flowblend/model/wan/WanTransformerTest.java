package io.flowblend.model.wan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerCost;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WanTransformerTest {
    private static final Path MODEL = Path.of("src/test/resources/reference/wan-transformer-0/model");
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final int TEXT_WIDTH = 20;
    private static final double TOLERANCE = 1e-5;

    private Path copy = Path.of("");

    @BeforeEach
    void copyTheModel(@TempDir Path folder) throws IOException {
        copy = folder;
        Files.copy(MODEL.resolve("config.json"), folder.resolve("config.json"));
        Files.copy(MODEL.resolve(WEIGHTS), folder.resolve(WEIGHTS));
    }

    private static Tensor text(long seed, long batch) {
        return SeededNoise.tensor(seed, batch, 5, TEXT_WIDTH);
    }

    @Test
    void givesEachSampleOfABatchWhatItGetsAlone() {
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL);
                Condition both = new Condition(text(1, 2));
                Condition first = new Condition(both.embeddings().narrow(0, 0, 1));
                Condition second = new Condition(both.embeddings().narrow(0, 1, 1))) {
            Tensor x = SeededNoise.tensor(2, 2, 16, 3, 4, 6);
            Tensor together = model.velocity(x, 0.7, both);
            assertArrayEquals(TensorData.shape(x), TensorData.shape(together));
            Tensor alone = model.velocity(x.narrow(0, 0, 1), 0.7, first);
            assertTrue(TensorData.relativeL2(together.narrow(0, 0, 1), alone) < TOLERANCE);
            alone = model.velocity(x.narrow(0, 1, 1), 0.7, second);
            assertTrue(TensorData.relativeL2(together.narrow(0, 1, 1), alone) < TOLERANCE);
        }
    }

    @Test
    void leavesItsInputAsItWasAndTakesItInAnyLayout() {
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL);
                Condition condition = new Condition(text(1, 1))) {
            Tensor x = SeededNoise.tensor(2, 1, 16, 2, 4, 6);
            float[] before = TensorData.toFloats(x);
            Tensor velocity = model.velocity(x, 0.5, condition);
            assertArrayEquals(before, TensorData.toFloats(x));
            Tensor strided = x.permute(0, 4, 3, 2, 1).contiguous().permute(0, 4, 3, 2, 1);
            assertEquals(0, TensorData.relativeL2(model.velocity(strided, 0.5, condition), velocity));
        }
    }

    @Test
    void isTheSameInEveryCallWhateverShapesCameBetween() {
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL);
                Condition condition = new Condition(text(1, 1))) {
            Tensor x = SeededNoise.tensor(2, 1, 16, 2, 4, 6);
            float[] first = TensorData.toFloats(model.velocity(x, 0.5, condition));
            for (int frames = 1; frames <= 9; frames++) {
                model.velocity(SeededNoise.tensor(3, 1, 16, frames, 2, 2), 0.5, condition);
            }
            assertArrayEquals(first, TensorData.toFloats(model.velocity(x, 0.5, condition)));
        }
    }

    @Test
    void leavesWhatFollowsFromTheTextWithTheConditionUntilItIsClosed() {
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL)) {
            Condition condition = new Condition(text(1, 1));
            Tensor x = SeededNoise.tensor(2, 1, 16, 1, 2, 2);
            try (TensorScope step = TensorScope.open()) {
                model.velocity(x, 0.5, condition);
            }
            List<Tensor> prepared = condition.prepared(model, () -> {
                throw new AssertionError("was not kept");
            });
            assertEquals(2 * 2, prepared.size());
            assertFalse(prepared.get(0).isNull());
            assertSame(prepared, condition.prepared(model, List::of));
            condition.close();
            assertTrue(prepared.stream().allMatch(tensor -> tensor.isNull()));
        }
    }

    @Test
    void handsItsResultToTheScopeOfTheCaller() {
        try (WanTransformer model = WanTransformer.load(MODEL)) {
            Tensor velocity;
            try (TensorScope scope = TensorScope.open();
                    Condition condition = new Condition(text(1, 1))) {
                velocity = model.velocity(SeededNoise.tensor(2, 1, 16, 1, 2, 2), 1, condition);
                assertFalse(velocity.isNull());
            }
            assertTrue(velocity.isNull());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "15, 1, 2, 2, 'latents have 15 channels, the model takes 16'",
        "16, 1, 3, 2, height 3 is not a multiple of the patch size 2",
        "16, 1, 2, 5, width 5 is not a multiple of the patch size 2",
        "16, 65, 2, 2, frames 65 is above the model's limit of 64"
    })
    void refusesLatentsThatDoNotFit(int channels, int frames, int height, int width, String message) {
        LatentShape shape = new LatentShape(channels, frames, height, width);
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL);
                Condition condition = new Condition(text(1, 1))) {
            Tensor x = SeededNoise.tensor(1, shape.batched(1));
            assertFails(IllegalArgumentException.class, message, () -> model.velocity(x, 1, condition));
            assertFails(IllegalArgumentException.class, message, () -> model.cost(shape, 5));
        }
    }

    @Test
    void refusesTextThatDoesNotFit() {
        try (TensorScope scope = TensorScope.open();
                WanTransformer model = WanTransformer.load(MODEL);
                Condition one = new Condition(text(1, 1));
                Condition wide = new Condition(SeededNoise.tensor(1, 2, 5, 21))) {
            Tensor x = SeededNoise.tensor(1, 2, 16, 1, 2, 2);
            assertFails(
                    IllegalArgumentException.class,
                    "text embeddings have shape [1, 5, 20], expected [2, T, 20]",
                    () -> model.velocity(x, 1, one));
            assertFails(IllegalArgumentException.class, "[2, 5, 21]", () -> model.velocity(x, 1, wide));
        }
    }

    @Test
    void countsTheParametersOfItsFileAndTheCostOfItsShape() throws IOException {
        TransformerCost cost = new TransformerCost(2 * 24, 2, 72, TEXT_WIDTH, 32, 64, 64, false);
        try (WanTransformer model = WanTransformer.load(MODEL)) {
            long header = ByteBuffer.wrap(Files.readAllBytes(MODEL.resolve(WEIGHTS)))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            long values = (Files.size(MODEL.resolve(WEIGHTS)) - Long.BYTES - header) / Float.BYTES;
            assertEquals(values, model.parameters());
            assertEquals(
                    cost.forward(80, 32).total(),
                    model.cost(new LatentShape(16, 5, 8, 8), 32).total());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "_class_name | \"LTXVideoTransformer3DModel\" | supported is WanTransformer3DModel",
                "_class_name | null | lacks '_class_name', expected WanTransformer3DModel",
                "qk_norm | \"layer_norm\" | supported is rms_norm_across_heads",
                "image_dim | 1280 | 'image_dim' is 1280; supported is null",
                "added_kv_proj_dim | 5120 | supported is null",
                "pos_embed_seq_len | 514 | supported is null",
                "quantization_config | {\"quant_method\": \"gguf\"} | supported are weights in floats, in fp8 with a scale",
                "patch_size | [2, 2] | 'patch_size' is [2,2]; supported is a list of 3 whole numbers from 1",
                "patch_size | [1, 0, 2] | supported is a whole number from 1",
                "patch_size | 2 | supported is a list of 3",
                "num_layers | -1 | 'num_layers' is -1; supported is a whole number from 1",
                "num_layers | \"2\" | supported is a whole number from 1",
                "num_attention_heads | 1e30 | supported is a whole number from 1",
                "ffn_dim | 99999999999 | supported is a whole number from 1",
                "attention_head_dim | 23 | supported is an even number",
                "freq_dim | 31 | supported is an even number",
                "cross_attn_norm | 1 | supported is true or false",
                "eps | 0 | supported is a number above 0",
                "eps | \"tiny\" | supported is a number above 0",
            })
    void refusesAConfigurationThatItCannotRun(String key, String value, String message) throws IOException {
        JsonNode node = new ObjectMapper().readTree(value);
        change(key, node);
        assertFails(InvalidFileException.class, message, () -> WanTransformer.load(copy));
        assertFails(InvalidFileException.class, key, () -> WanTransformer.load(copy));
        assertFails(InvalidFileException.class, "config.json: ", () -> WanTransformer.load(copy));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{} x", "{\"a\": 1, \"a\": 2}"})
    void refusesAConfigurationThatIsNotOneJsonObject(String json) throws IOException {
        Files.writeString(copy.resolve("config.json"), json);
        assertFails(InvalidFileException.class, "config.json: is not ", () -> WanTransformer.load(copy));
    }

    @Test
    void namesTheFolderOrFileThatIsMissing() throws IOException {
        assertFails(
                InvalidFileException.class,
                "absent: no such folder",
                () -> WanTransformer.load(copy.resolve("absent")));
        Files.delete(copy.resolve(WEIGHTS));
        assertFails(InvalidFileException.class, "found 0 files", () -> WanTransformer.load(copy));
        Files.delete(copy.resolve("config.json"));
        assertFails(InvalidFileException.class, "config.json: no such file", () -> WanTransformer.load(copy));
    }

    @Test
    void namesTheTensorThatIsMissingOrTooManyOrOfAnotherShape() throws IOException {
        SafetensorsFile file = SafetensorsFile.read(copy.resolve(WEIGHTS));
        String bias = "blocks.1.attn2.to_q.bias";
        file.put(bias, new float[49], 49).write(copy.resolve(WEIGHTS));
        assertFails(
                InvalidFileException.class,
                WEIGHTS + ": tensor '" + bias + "' has shape [49], expected [48]",
                () -> WanTransformer.load(copy));
        file.remove(bias).write(copy.resolve(WEIGHTS));
        assertFails(InvalidFileException.class, "tensor '" + bias + "' is missing", () -> WanTransformer.load(copy));
        file.put(bias, new float[48], 48).put("blocks.2.extra", new float[1], 1).write(copy.resolve(WEIGHTS));
        assertFails(InvalidFileException.class, "first 'blocks.2.extra'", () -> WanTransformer.load(copy));
        file.remove("blocks.2.extra").write(copy.resolve(WEIGHTS));
        WanTransformer.load(copy).close();
    }

    @Test
    void takesTheDefaultsOfDiffusersForWhatIsAbsent() throws IOException {
        change("patch_size", NullNode.getInstance());
        change("qk_norm", NullNode.getInstance());
        change("eps", NullNode.getInstance());
        change("out_channels", NullNode.getInstance());
        try (TensorScope scope = TensorScope.open();
                WanTransformer plain = WanTransformer.load(MODEL);
                WanTransformer model = WanTransformer.load(copy);
                Condition condition = new Condition(text(1, 1))) {
            Tensor x = SeededNoise.tensor(1, 1, 16, 1, 2, 2);
            assertEquals(
                    0, TensorData.relativeL2(model.velocity(x, 0.3, condition), plain.velocity(x, 0.3, condition)));
        }
    }

    private void change(String key, JsonNode value) throws IOException {
        Path file = copy.resolve("config.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(file.toFile());
        json.set(key, value);
        Files.writeString(file, json.toString());
    }

    private static <E extends Exception> void assertFails(Class<E> kind, String part, Executable action) {
        String message = String.valueOf(assertThrows(kind, action).getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void rotaryTableLiesOnTheModelsDevice() {
        Placement meta = new Placement("meta", ScalarType.BFloat16);
        try (TensorScope scope = TensorScope.open();
                WanRotary rotary = new WanRotary(32, ScalarType.Float, meta)) {
            assertTrue(rotary.turns(new PatchGrid(2, 3, 4)).is_meta());
        }
    }
}
