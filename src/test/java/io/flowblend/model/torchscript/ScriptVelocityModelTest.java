package io.flowblend.model.torchscript;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.Prediction;
import io.flowblend.model.Scene;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks whose velocity has a closed form, {@code gain (1 + sigma) (x - text)}. */
class ScriptVelocityModelTest {
    private static final LatentShape SHAPE = new LatentShape(4, 2, 2, 4);
    private static final ScriptSpec.Inputs INPUTS =
            new ScriptSpec.Inputs("latents", "timestep", Optional.of("text"), Optional.of("mask"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Path pair;

    @SuppressWarnings("NullAway.Init")
    private TensorScope scope;

    @SuppressWarnings("NullAway.Init")
    private Condition condition;

    @SuppressWarnings("NullAway.Init")
    private Tensor x;

    @BeforeAll
    static void write() throws IOException {
        pair = ScriptPairs.write(folder, "scripted");
    }

    @BeforeEach
    void make() {
        scope = TensorScope.open();
        x = SeededNoise.tensor(1, SHAPE.batched(2));
        Tensor mask = TensorData.floats(new float[] {1, 1, 0, 1, 0, 0}, 2, 3);
        condition = new Condition(new TextEmbeddings(SeededNoise.tensor(2, 2, 3, 4), Optional.of(mask)), Scene.PLAIN);
    }

    @AfterEach
    void close() {
        condition.close();
        scope.close();
    }

    private static ScriptVelocityModel load(Path file, Prediction prediction) {
        ScriptSpec.Network network =
                new ScriptSpec.Network(INPUTS, prediction, new ScriptSpec.Timestep(1000, 0), OptionalDouble.of(0.5));
        return ScriptVelocityModel.load(file, network, 2, SHAPE);
    }

    /** The same operations in the same order as in {@code make_torchscript_pair.py}. */
    private Tensor closedForm(double sigma) {
        Tensor rows = condition.textMask().orElseThrow().unsqueeze(2);
        Tensor target = condition.embeddings().mul(rows).sum(1).div(rows.sum(1));
        Tensor gain = TensorData.floats(new float[] {0.75f}, 1);
        Tensor time = TensorData.floats(new float[] {(float) (1000 * sigma), (float) (1000 * sigma)}, 2, 1, 1, 1, 1);
        return x.sub(target.view(-1, 4, 1, 1, 1))
                .mul(gain)
                .mul(time.div(new Scalar(1000)).add(new Scalar(1)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.9, 0.4375, 0.0625, 0})
    void givesWhatTheNetworkComputesToTheBit(double sigma) {
        try (ScriptVelocityModel model = load(pair.resolve("large.pt"), Prediction.VELOCITY)) {
            assertArrayEquals(
                    TensorData.toFloats(closedForm(sigma)), TensorData.toFloats(model.velocity(x, sigma, condition)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "large-epsilon.pt, epsilon, 0.9", "large-epsilon.pt, epsilon, 0.5", "large-epsilon.pt, epsilon, 0.02",
        "large-x0.pt, x0, 0.98", "large-x0.pt, x0, 0.5", "large-x0.pt, x0, 0.1"
    })
    void noiseAndDataPredictionsGiveTheSameVelocity(String file, String prediction, double sigma) {
        try (ScriptVelocityModel model = load(pair.resolve(file), Prediction.of(prediction))) {
            assertEquals(0, TensorData.relativeL2(model.velocity(x, sigma, condition), closedForm(sigma)), 1e-5);
        }
    }

    @Test
    void whereTheVelocityDoesNotFollowTheNextLevelInsideIsTold() {
        try (ScriptVelocityModel epsilon = load(pair.resolve("large-epsilon.pt"), Prediction.EPSILON);
                ScriptVelocityModel x0 = load(pair.resolve("large-x0.pt"), Prediction.X0)) {
            assertEquals(0, TensorData.relativeL2(epsilon.velocity(x, 1, condition), closedForm(0.999)), 1e-3);
            assertEquals(0, TensorData.relativeL2(x0.velocity(x, 0, condition), closedForm(0.001)), 1e-3);
            assertArrayEquals(
                    TensorData.toFloats(epsilon.velocity(x, 0.999, condition)),
                    TensorData.toFloats(epsilon.velocity(x, 1, condition)));
        }
    }

    @Test
    void reversedVelocityIsItsNegative() {
        try (ScriptVelocityModel model = load(pair.resolve("large.pt"), Prediction.REVERSED_VELOCITY)) {
            assertArrayEquals(
                    TensorData.toFloats(closedForm(0.5).neg()), TensorData.toFloats(model.velocity(x, 0.5, condition)));
        }
    }

    @Test
    void textWithoutAMaskIsAllThere() {
        Tensor embeddings = condition.embeddings();
        Tensor ones = TensorData.floats(new float[] {1, 1, 1, 1, 1, 1}, 2, 3);
        try (ScriptVelocityModel model = load(pair.resolve("large.pt"), Prediction.VELOCITY);
                Condition unmasked = new Condition(embeddings);
                Condition masked = new Condition(new TextEmbeddings(embeddings, Optional.of(ones)), Scene.PLAIN)) {
            assertArrayEquals(
                    TensorData.toFloats(model.velocity(x, 0.5, masked)),
                    TensorData.toFloats(model.velocity(x, 0.5, unmasked)));
        }
    }

    @Test
    void costGrowsWithThePositionsFromWhatIsSaid() {
        try (ScriptVelocityModel model = load(pair.resolve("large.pt"), Prediction.VELOCITY)) {
            assertEquals(0.5e12, model.cost(SHAPE, 3).total(), 1);
            assertEquals(1.5e12, model.cost(new LatentShape(4, 6, 2, 4), 3).total(), 1);
        }
    }

    @Test
    void costFollowsFromTheWeightsWhereNothingIsSaid() {
        ScriptSpec.Network network = new ScriptSpec.Network(
                INPUTS, Prediction.VELOCITY, new ScriptSpec.Timestep(1000, 0), OptionalDouble.empty());
        try (ScriptVelocityModel model = ScriptVelocityModel.load(pair.resolve("large.pt"), network, 2, SHAPE)) {
            assertEquals(1, model.parameters());
            assertEquals(2 * 16 / 4, model.cost(SHAPE, 3).total(), 1e-9);
        }
        Path frozen = folder.resolve("frozen.pt");
        ScriptPairs.define(frozen, "def forward(self, x):\n    return x\n");
        InvalidFileException refusal =
                assertThrows(InvalidFileException.class, () -> ScriptVelocityModel.load(frozen, network, 2, SHAPE));
        assertTrue(String.valueOf(refusal.getMessage()).contains("'tflops' has to say it"), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "latents[:, :3]   | gives [2, 3, 2, 2, 4] for latents [2, 4, 2, 2, 4], expected [2, 4, 2, 2, 4]",
                "latents.double() | gives Double values, expected Float (float32)",
                "latents.half()   | gives Half values, expected Float (float32)",
                "(latents, text)  | gives a Tuple, expected one tensor",
                "torch.matmul(text, torch.ones([5, 5])) | fails on latents [2, 4, 2, 2, 4], timestep [2], "
                        + "text [2, 3, 4], mask [2, 3]: mat1 and mat2 shapes cannot be multiplied (6x4 and 5x5)"
            })
    void saysWhatANetworkGaveAndWhatWasExpected(String output, String expected) {
        Path file = folder.resolve("broken.pt");
        ScriptPairs.define(file, "def forward(self, latents, timestep, text, mask):\n    return " + output + "\n");
        try (ScriptVelocityModel model = load(file, Prediction.VELOCITY)) {
            InvalidFileException failure =
                    assertThrows(InvalidFileException.class, () -> model.velocity(x, 0.5, condition));
            assertEquals(file + ": " + expected, failure.getMessage());
        }
    }

    @Test
    void namesTheInputsThatANetworkHas() {
        Path file = folder.resolve("renamed.pt");
        ScriptPairs.define(file, "def forward(self, sample, timestep, text, mask):\n    return sample\n");
        try (ScriptVelocityModel model = load(file, Prediction.VELOCITY)) {
            String message =
                    String.valueOf(assertThrows(InvalidFileException.class, () -> model.velocity(x, 0.5, condition))
                            .getMessage());
            assertTrue(message.contains("'sample'"), message);
            assertTrue(message.contains("Tensor sample, Tensor timestep"), message);
        }
    }

    @Test
    void refusesFilesThatAreNoTorchScript() {
        InvalidFileException refusal = assertThrows(
                InvalidFileException.class, () -> load(pair.resolve("prompts.safetensors"), Prediction.VELOCITY));
        assertTrue(
                String.valueOf(refusal.getMessage()).contains("is not a usable TorchScript file"),
                refusal.getMessage());
        assertThrows(InvalidFileException.class, () -> load(folder.resolve("none.pt"), Prediction.VELOCITY));
    }
}
