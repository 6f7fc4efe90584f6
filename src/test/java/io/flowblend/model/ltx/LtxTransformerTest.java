package io.flowblend.model.ltx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LtxTransformerTest {
    private static final Path REFERENCE = Path.of("src/test/resources/reference");
    private static final Path MODEL = REFERENCE.resolve("ltx-transformer-0/model");
    private static final Path PATCHED = REFERENCE.resolve("ltx-transformer-1/model");
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final int TEXT_WIDTH = 24;
    private static final double TOLERANCE = 1e-5;
    private static final Scene SCENE = new Scene(0.32, 32, 0);

    private Path copy = Path.of("");

    @BeforeEach
    void copyTheModel(@TempDir Path folder) throws IOException {
        copy = folder;
        Files.copy(MODEL.resolve("config.json"), folder.resolve("config.json"));
        Files.copy(MODEL.resolve(WEIGHTS), folder.resolve(WEIGHTS));
    }

    private static Condition condition(long batch, Scene scene) {
        return new Condition(TextEmbeddings.of(SeededNoise.tensor(1, batch, 5, TEXT_WIDTH)), scene);
    }

    private static Tensor latents(long batch, int frames) {
        return SeededNoise.tensor(2, batch, 16, frames, 2, 3);
    }

    @Test
    void givesEachSampleOfABatchWhatItGetsAlone() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL);
                Condition both = condition(2, new Scene(0.32, 32, 1))) {
            Tensor x = latents(2, 3);
            Tensor together = model.velocity(x, 0.7, both);
            assertArrayEquals(TensorData.shape(x), TensorData.shape(together));
            for (int row = 0; row < 2; row++) {
                try (Condition alone =
                        new Condition(TextEmbeddings.of(both.embeddings().narrow(0, row, 1)), both.scene())) {
                    Tensor expected = model.velocity(x.narrow(0, row, 1), 0.7, alone);
                    assertTrue(TensorData.relativeL2(together.narrow(0, row, 1), expected) < TOLERANCE);
                }
            }
        }
    }

    @Test
    void maskedTextHasNoInfluence() {
        float[] kept = {1, 1, 1, 0, 0};
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL)) {
            Tensor text = SeededNoise.tensor(1, 1, 5, TEXT_WIDTH);
            Tensor mask = TensorData.floats(kept, 1, 5);
            try (Condition masked = new Condition(new TextEmbeddings(text, Optional.of(mask)), SCENE);
                    Condition cut = new Condition(TextEmbeddings.of(text.narrow(1, 0, 3)), SCENE);
                    Condition whole = new Condition(TextEmbeddings.of(text), SCENE)) {
                Tensor velocity = model.velocity(latents(1, 2), 0.5, masked);
                assertTrue(TensorData.relativeL2(velocity, model.velocity(latents(1, 2), 0.5, cut)) < TOLERANCE);
                assertTrue(TensorData.relativeL2(velocity, model.velocity(latents(1, 2), 0.5, whole)) > 1e-3);
            }
        }
    }

    @Test
    void toldThatAllFramesAreGivenItSeesNoNoise() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL);
                Condition none = condition(1, SCENE);
                Condition first = condition(1, new Scene(0.32, 32, 1));
                Condition all = condition(1, new Scene(0.32, 32, 2))) {
            Tensor atData = model.velocity(latents(1, 2), 0, none);
            assertEquals(0, TensorData.relativeL2(model.velocity(latents(1, 2), 0.9, all), atData), TOLERANCE);
            assertEquals(0, TensorData.relativeL2(model.velocity(latents(1, 2), 0, first), atData), TOLERANCE);
            assertTrue(TensorData.relativeL2(model.velocity(latents(1, 2), 0.9, first), atData) > 1e-3);
        }
    }

    @Test
    void placesTokensBySecondsAndPixels() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL);
                Condition slow = condition(1, SCENE);
                Condition fast = condition(1, new Scene(0.16, 32, 0));
                Condition fine = condition(1, new Scene(0.32, 16, 0))) {
            Tensor velocity = model.velocity(latents(1, 2), 0.5, slow);
            assertTrue(TensorData.relativeL2(model.velocity(latents(1, 2), 0.5, fast), velocity) > 1e-3);
            assertTrue(TensorData.relativeL2(model.velocity(latents(1, 2), 0.5, fine), velocity) > 1e-3);
            assertEquals(0, TensorData.relativeL2(model.velocity(latents(1, 2), 0.5, slow), velocity));
        }
    }

    @Test
    void leavesItsInputAsItWasAndTakesItInAnyLayout() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL);
                Condition condition = condition(1, SCENE)) {
            Tensor x = latents(1, 2);
            float[] before = TensorData.toFloats(x);
            Tensor velocity = model.velocity(x, 0.5, condition);
            assertArrayEquals(before, TensorData.toFloats(x));
            Tensor strided = x.permute(0, 4, 3, 2, 1).contiguous().permute(0, 4, 3, 2, 1);
            assertEquals(0, TensorData.relativeL2(model.velocity(strided, 0.5, condition), velocity));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ltx-transformer-0, 15, 1, 2, 0, 'latents have 15 channels in patches of 1, the model takes 16 numbers a patch'",
        "ltx-transformer-1, 2, 3, 2, 0, frames 3 is not a multiple of the patch size 2",
        "ltx-transformer-1, 2, 2, 3, 0, height 3 is not a multiple of the patch size 2",
        "ltx-transformer-0, 16, 2, 2, 3, 3 given frames have to be a multiple of the patch size 1 and at most 2",
        "ltx-transformer-1, 2, 2, 2, 1, 1 given frames have to be a multiple of the patch size 2 and at most 2",
    })
    void refusesLatentsThatDoNotFit(String name, int channels, int frames, int height, int given, String message) {
        int textWidth = name.endsWith("0") ? TEXT_WIDTH : 10;
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model =
                        LtxTransformer.load(REFERENCE.resolve(name).resolve("model"));
                Condition condition = new Condition(
                        TextEmbeddings.of(SeededNoise.tensor(1, 1, 5, textWidth)), new Scene(1, 1, given))) {
            Tensor x = SeededNoise.tensor(1, 1, channels, frames, height, 2);
            assertFails(IllegalArgumentException.class, message, () -> model.velocity(x, 1, condition));
        }
    }

    @Test
    void cutsLatentsIntoPatchesAndBack() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(PATCHED);
                Condition condition =
                        new Condition(TextEmbeddings.of(SeededNoise.tensor(1, 1, 5, 10)), new Scene(0.3, 32, 0))) {
            Tensor velocity = model.velocity(SeededNoise.tensor(3, 1, 2, 2, 4, 6), 0.5, condition);
            assertArrayEquals(new long[] {1, 3, 2, 4, 6}, TensorData.shape(velocity));
        }
    }

    @Test
    void refusesTextThatDoesNotFit() {
        try (TensorScope scope = TensorScope.open();
                LtxTransformer model = LtxTransformer.load(MODEL);
                Condition one = condition(1, SCENE)) {
            assertFails(
                    IllegalArgumentException.class,
                    "text embeddings have shape [1, 5, 24], expected [2, T, 24]",
                    () -> model.velocity(latents(2, 1), 1, one));
        }
    }

    @Test
    void countsParametersAndCost() {
        try (LtxTransformer model = LtxTransformer.load(MODEL)) {
            LatentShape latents = new LatentShape(16, 3, 4, 5);
            assertEquals(52_848, model.parameters());
            assertEquals(
                    LtxTransformer.cost(MODEL, latents, 8, false).total(),
                    model.cost(latents, 8).total());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "_class_name | \"WanTransformer3DModel\" | supported is LTXVideoTransformer3DModel",
                "qk_norm | \"layer_norm\" | supported is rms_norm_across_heads",
                "activation_fn | \"gelu\" | supported is gelu-approximate",
                "norm_elementwise_affine | true | supported is false",
                "attention_bias | false | supported is true",
                "attention_out_bias | false | supported is true",
                "cross_attention_dim | 31 | num_attention_heads x attention_head_dim, 32",
                "attention_head_dim | 15 | supported is an even number",
                "num_layers | 0 | 'num_layers' is 0; supported is a whole number from 1",
                "patch_size | [1, 2, 2] | supported is a whole number from 1",
                "norm_eps | 0 | supported is a number above 0",
                "quantization_config | {} | supported are weights in floats, in fp8 with a scale",
            })
    void refusesAConfigurationThatItCannotRun(String key, String value, String message) throws IOException {
        Path file = copy.resolve("config.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(file.toFile());
        JsonNode changed = new ObjectMapper().readTree(value);
        json.set(key, changed);
        Files.writeString(file, json.toString());
        assertFails(InvalidFileException.class, message, () -> LtxTransformer.load(copy));
        assertFails(InvalidFileException.class, "config.json: '" + key + "' is ", () -> LtxTransformer.load(copy));
    }

    @Test
    void namesTheTensorThatIsMissingOrTooManyOrOfAnotherShape() throws IOException {
        SafetensorsFile file = SafetensorsFile.read(copy.resolve(WEIGHTS));
        String table = "transformer_blocks.1.scale_shift_table";
        file.put(table, new float[5 * 32], 5, 32).write(copy.resolve(WEIGHTS));
        assertFails(
                InvalidFileException.class,
                WEIGHTS + ": tensor '" + table + "' has shape [5, 32], expected [6, 32]",
                () -> LtxTransformer.load(copy));
        file.remove(table).write(copy.resolve(WEIGHTS));
        assertFails(InvalidFileException.class, "tensor '" + table + "' is missing", () -> LtxTransformer.load(copy));
        file.put(table, new float[6 * 32], 6, 32)
                .put("proj_in.extra", new float[1], 1)
                .write(copy.resolve(WEIGHTS));
        assertFails(InvalidFileException.class, "first 'proj_in.extra'", () -> LtxTransformer.load(copy));
        file.remove("proj_in.extra").write(copy.resolve(WEIGHTS));
        LtxTransformer.load(copy).close();
    }

    @Test
    void namesTheShardThatIsMissing() throws IOException {
        Path sharded = REFERENCE.resolve("ltx-transformer-2/model");
        Path some = Files.createDirectories(copy.resolve("sharded"));
        try (var files = Files.list(sharded)) {
            for (Path file :
                    files.filter(f -> !f.toString().contains("00002-of")).toList()) {
                Files.copy(file, some.resolve(file.getFileName()));
            }
        }
        assertFails(InvalidFileException.class, "model-00002-of-", () -> LtxTransformer.load(some));
    }

    private static <E extends Exception> void assertFails(Class<E> kind, String part, Executable action) {
        String message = String.valueOf(assertThrows(kind, action).getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void rotaryTableLiesOnTheModelsDevice() {
        Placement meta = new Placement("meta", ScalarType.BFloat16);
        try (TensorScope scope = TensorScope.open();
                LtxRotary rotary = new LtxRotary(LtxConfig.read(MODEL), meta)) {
            assertTrue(rotary.turns(new PatchGrid(2, 3, 4), Scene.PLAIN).is_meta());
        }
    }
}
