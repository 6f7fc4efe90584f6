package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.Condition;
import io.flowblend.model.LatentShape;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuidanceTest {
    private final TensorScope scope = TensorScope.open();
    private final List<Long> batches = new ArrayList<>();

    /** {@code v = sigma x + 2 (sum of the row's embeddings)}. */
    private final ClosedForm model = new ClosedForm(10, this::field);

    private Tensor x = SeededNoise.tensor(1, 2, 3, 1, 2, 2);
    private Tensor prompt = SeededNoise.tensor(2, 2, 4, 3);
    private Tensor negative = SeededNoise.tensor(3, 2, 4, 3);

    private Tensor field(Tensor latents, double sigma, Condition condition) {
        batches.add(latents.size(0));
        assertEquals(latents.size(0), condition.batch());
        Tensor text = condition.embeddings().sum(1L, 2L).view(latents.size(0), 1, 1, 1, 1);
        return latents.mul(new Scalar(sigma)).add(text, new Scalar(2.0));
    }

    @BeforeEach
    void forget() {
        batches.clear();
    }

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void movesAwayFromTheNegativePromptByTheScale() {
        for (boolean batched : new boolean[] {true, false}) {
            try (Guidance guidance = Guidance.of(prompt, negative, 4, batched)) {
                Tensor guided = guidance.velocity(model, x, 0.7);
                Tensor conditional = model.velocity(x, 0.7, new Condition(prompt));
                Tensor unconditional = model.velocity(x, 0.7, new Condition(negative));
                Tensor expected = conditional.mul(new Scalar(4.0)).sub(unconditional.mul(new Scalar(3.0)));
                assertEquals(0, TensorData.relativeL2(guided, expected), 1e-6);
                assertEquals(2, guidance.passes());
            }
        }
    }

    @Test
    void rescaledGuidanceMovesTowardsThePromptsOwnDeviation() {
        for (double share : new double[] {0, 0.25, 1}) {
            Guidance.Settings settings = new Guidance.Settings(4, share, true);
            try (Guidance rescaled =
                            Guidance.of(TextEmbeddings.of(prompt), TextEmbeddings.of(negative), settings, Scene.PLAIN);
                    Guidance plain = Guidance.of(prompt, negative, 4, true);
                    Guidance alone = Guidance.of(prompt, negative, 1, true)) {
                ClosedForm curved = new ClosedForm(10, (x, sigma, condition) -> field(x, sigma, condition)
                        .mul(condition.embeddings().sum(1L, 2L).view(x.size(0), 1, 1, 1, 1)));
                Tensor guided = plain.velocity(curved, x, 0.7);
                Tensor velocity = rescaled.velocity(curved, x, 0.7);
                for (int row = 0; row < 2; row++) {
                    double from = deviation(guided, row);
                    double to = deviation(alone.velocity(curved, x, 0.7), row);
                    assertTrue(Math.abs(from - to) > 0.01 * from);
                    assertEquals(share * to + (1 - share) * from, deviation(velocity, row), 1e-4 * from);
                }
            }
        }
    }

    private static double deviation(Tensor velocity, int row) {
        return velocity.select(0, row).std(true).item_double();
    }

    @Test
    void givenFramesHaveNoVelocity() {
        Tensor video = SeededNoise.tensor(1, 2, 3, 4, 2, 2);
        for (double scale : new double[] {1, 4}) {
            for (boolean batched : new boolean[] {true, false}) {
                Guidance.Settings settings = new Guidance.Settings(scale, 0, batched);
                try (Guidance free = Guidance.of(prompt, negative, scale, batched);
                        Guidance given = Guidance.of(
                                TextEmbeddings.of(prompt), TextEmbeddings.of(negative), settings, new Scene(1, 1, 1))) {
                    Tensor velocity = given.velocity(model, video, 0.7);
                    assertEquals(0, velocity.narrow(2, 0, 1).abs().sum().item_float());
                    Tensor expected = free.velocity(model, video, 0.7).narrow(2, 1, 3);
                    assertEquals(0, TensorData.relativeL2(velocity.narrow(2, 1, 3), expected));
                }
            }
        }
    }

    @Test
    void modelsAreToldTheMaskOfEachPassAndTheScene() {
        Tensor ones = torch.ones(2, 4);
        Tensor zeros = torch.zeros(2, 4);
        Scene scene = new Scene(0.25, 32, 0);
        List<Float> masks = new ArrayList<>();
        ClosedForm asks = new ClosedForm(10, (x, sigma, condition) -> {
            assertEquals(scene, condition.scene());
            Tensor mask = condition.textMask().orElseThrow();
            for (int row = 0; row < mask.size(0); row++) {
                masks.add(mask.select(0, row).sum().item_float());
            }
            return field(x, sigma, condition);
        });
        TextEmbeddings shown = new TextEmbeddings(prompt, Optional.of(ones));
        TextEmbeddings hidden = new TextEmbeddings(negative, Optional.of(zeros));
        for (boolean batched : new boolean[] {true, false}) {
            masks.clear();
            try (Guidance guidance = Guidance.of(shown, hidden, new Guidance.Settings(4, 0, batched), scene)) {
                guidance.velocity(asks, x, 0.7);
            }
            assertEquals(List.of(0f, 0f, 4f, 4f), masks);
        }
        Guidance.Settings settings = new Guidance.Settings(4, 0, true);
        assertThrows(
                IllegalArgumentException.class, () -> Guidance.of(shown, TextEmbeddings.of(negative), settings, scene));
        assertThrows(IllegalArgumentException.class, () -> new Guidance.Settings(4, 1.5, true));
    }

    @Test
    void batchedMakesOneForwardAndSeparateTwo() {
        try (Guidance guidance = Guidance.of(prompt, negative, 4, true)) {
            guidance.velocity(model, x, 0.7);
        }
        assertEquals(List.of(4L), batches);
        batches.clear();
        try (Guidance guidance = Guidance.of(prompt, negative, 4, false)) {
            guidance.velocity(model, x, 0.7);
        }
        assertEquals(List.of(2L, 2L), batches);
    }

    @Test
    void scaleOneRunsThePromptAlone() {
        try (Guidance guidance = Guidance.of(prompt, negative, 1, true)) {
            Tensor velocity = guidance.velocity(model, x, 0.7);
            assertEquals(List.of(2L), batches);
            assertEquals(1, guidance.passes());
            assertEquals(0, TensorData.relativeL2(velocity, model.velocity(x, 0.7, new Condition(prompt))));
        }
    }

    @Test
    void theConditionalPassAndTheDifferenceMakeTheGuidedVelocity() {
        for (boolean batched : new boolean[] {true, false}) {
            try (Guidance guidance = Guidance.of(prompt, negative, 4, batched)) {
                assertTrue(guidance.isReusable());
                Guidance.Guided guided = guidance.guided(model, x, 0.7, true);
                batches.clear();
                Tensor conditional = guidance.conditional(model, x, 0.7);
                assertEquals(List.of(2L), batches);
                assertEquals(
                        0, TensorData.relativeL2(conditional, model.velocity(x, 0.7, new Condition(prompt))), 1e-6);
                Tensor sum = conditional.add(guided.difference().orElseThrow());
                assertEquals(0, TensorData.relativeL2(sum, guided.velocity()), 1e-6);
                assertTrue(guidance.guided(model, x, 0.7, false).difference().isEmpty());
            }
        }
    }

    @Test
    void noDifferenceIsReusedWithoutGuidanceOrWithRescale() {
        Guidance.Settings rescaled = new Guidance.Settings(4, 0.5, true);
        try (Guidance none = Guidance.of(prompt, negative, 1, true);
                Guidance some =
                        Guidance.of(TextEmbeddings.of(prompt), TextEmbeddings.of(negative), rescaled, Scene.PLAIN)) {
            for (Guidance guidance : List.of(none, some)) {
                assertFalse(guidance.isReusable());
                assertTrue(guidance.guided(model, x, 0.7, true).difference().isEmpty());
            }
        }
    }

    @Test
    void givenFramesStayInTheConditionalPassAndTheDifference() {
        Tensor video = SeededNoise.tensor(1, 2, 3, 4, 2, 2);
        for (boolean batched : new boolean[] {true, false}) {
            Guidance.Settings settings = new Guidance.Settings(4, 0, batched);
            try (Guidance given =
                    Guidance.of(TextEmbeddings.of(prompt), TextEmbeddings.of(negative), settings, new Scene(1, 1, 1))) {
                Tensor conditional = given.conditional(model, video, 0.7);
                Tensor difference =
                        given.guided(model, video, 0.7, true).difference().orElseThrow();
                assertEquals(0, conditional.narrow(2, 0, 1).abs().sum().item_float());
                assertEquals(0, difference.narrow(2, 0, 1).abs().sum().item_float());
                assertTrue(difference.abs().sum().item_float() > 0);
            }
        }
    }

    @Test
    void costCountsEveryPassAndRow() {
        LatentShape shape = new LatentShape(3, 1, 2, 2);
        try (Guidance with = Guidance.of(prompt, negative, 4, true);
                Guidance without = Guidance.of(prompt, negative, 1, true)) {
            assertEquals(40, with.cost(model, shape).total());
            assertEquals(20, with.cost(model, shape).linear());
            assertEquals(20, with.conditionalCost(model, shape).total());
            assertEquals(20, without.cost(model, shape).total());
        }
    }

    @Test
    void ownsTheConditionsUntilItIsClosed() {
        long before = Pointer.totalCount();
        Guidance guidance;
        Guidance separate;
        try (TensorScope inner = TensorScope.open()) {
            guidance = Guidance.of(SeededNoise.tensor(4, 2, 4, 3), SeededNoise.tensor(5, 2, 4, 3), 4, true);
            separate = Guidance.of(SeededNoise.tensor(4, 2, 4, 3), SeededNoise.tensor(5, 2, 4, 3), 4, false);
        }
        try (TensorScope inner = TensorScope.open()) {
            assertEquals(
                    0, TensorData.relativeL2(guidance.velocity(model, x, 0.7), separate.velocity(model, x, 0.7)), 1e-6);
        }
        guidance.close();
        separate.close();
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void refusesShapesThatDoNotFit() {
        assertThrows(
                IllegalArgumentException.class, () -> Guidance.of(prompt, SeededNoise.tensor(3, 2, 5, 3), 4, true));
        assertThrows(IllegalArgumentException.class, () -> Guidance.of(x, x, 4, true));
        assertThrows(IllegalArgumentException.class, () -> Guidance.of(prompt, negative, Double.NaN, true));
        try (Guidance guidance = Guidance.of(prompt, negative, 4, true)) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class,
                    () -> guidance.velocity(model, SeededNoise.tensor(1, 1, 3, 1, 2, 2), 0.7));
            assertTrue(String.valueOf(refused.getMessage()).contains("batch of 1"));
        }
    }
}
