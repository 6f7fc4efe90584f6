package io.flowblend.model.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairLoras;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of two weights and files that do, or do not, fit it. */
class LoraMergeTest {
    private static final String MODULE = "blocks.0.attn1.to_q";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private float[] merged(SafetensorsFile lora, double strength) throws IOException {
        new SafetensorsFile()
                .put(MODULE + ".weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .put(MODULE + ".bias", new float[] {7, 8}, 2)
                .write(folder.resolve("model.safetensors"));
        lora.write(folder.resolve("lora.safetensors"));
        try (TensorScope scope = TensorScope.open();
                LoraMerge merge = LoraMerge.open(List.of(new Lora(folder.resolve("lora.safetensors"), strength)));
                Weights weights = merge.into(Weights.open(folder.resolve("model.safetensors")))) {
            weights.tensor(MODULE + ".bias", 2);
            return TensorData.toFloats(weights.tensor(MODULE + ".weight", 2, 3));
        }
    }

    private static SafetensorsFile rankOne(String module) {
        return new SafetensorsFile()
                .put(module + ".lora_down.weight", new float[] {1, 0, 2}, 1, 3)
                .put(module + ".lora_up.weight", new float[] {10, 100}, 2, 1);
    }

    @Test
    void addsTheProductTimesStrengthAndAlphaOverRank() throws IOException {
        float[] expected = {1 + 5, 2, 3 + 10, 4 + 50, 5, 6 + 100};
        for (String module : List.of(
                "transformer." + MODULE,
                "diffusion_model.blocks.0.self_attn.q",
                "lora_unet_blocks_0_self_attn_q",
                "lora_unet_blocks_0_attn1_to_q")) {
            SafetensorsFile lora = rankOne(module).put(module + ".alpha", new float[] {0.25f});
            assertArrayEquals(expected, merged(lora, 2), module);
        }
    }

    @Test
    void addsDifferencesAsTheyStand() throws IOException {
        SafetensorsFile lora =
                new SafetensorsFile().put("blocks.0.self_attn.q.diff", new float[] {1, 1, 1, 1, 1, 1}, 2, 3);
        assertArrayEquals(new float[] {2, 3, 4, 5, 6, 7}, merged(lora, 1));
    }

    @Test
    void namesTheTensorThatDoesNotFit() {
        assertRefused(
                "tensor 'transformer.blocks.7.attn1.to_q.lora_down.weight' belongs to no module of the model",
                rankOne("transformer.blocks.7.attn1.to_q"));
        assertRefused(
                "tensor 'blocks.0.attn1.to_q.lora_down.weight' has shape [1, 4], but the model's weight asks for [1, 3]",
                rankOne(MODULE).put(MODULE + ".lora_down.weight", new float[] {1, 0, 2, 0}, 1, 4));
        assertRefused(
                "tensor 'blocks.0.attn1.to_q.lora_down.weight' has no lora_B or lora_up beside it",
                rankOne(MODULE).remove(MODULE + ".lora_up.weight"));
        assertRefused(
                "tensor 'blocks.0.attn1.to_q.dora_scale' is not of a LoRA",
                rankOne(MODULE).put(MODULE + ".dora_scale", new float[] {1, 1}, 2));
        assertRefused(
                "tensor 'blocks.0.attn1.to_q.diff_b' has shape [3], but the model's weight asks for [2]",
                rankOne(MODULE).put(MODULE + ".diff_b", new float[] {1, 1, 1}, 3));
    }

    private void assertRefused(String problem, SafetensorsFile lora) {
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> merged(lora, 1)).getMessage());
        assertTrue(message.contains("lora.safetensors: " + problem), message);
    }

    @Test
    void aPairSaysWhichModelsAFileIsFor() throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        Path yaml = pair.resolve("pair.yaml");
        Files.writeString(
                yaml,
                Files.readString(yaml)
                        + "\nlora:\n- {file: few-steps.safetensors, of: small}\n- {file: style.safetensors, strength: 0.5}\n");
        PairLoras loras = PairLoader.describe(pair).loras();
        assertEquals(
                List.of("few-steps.safetensors", "style.safetensors"),
                loras.of(PairLoras.Target.SMALL).stream()
                        .map(lora -> String.valueOf(lora.file().getFileName()))
                        .toList());
        assertEquals(0.5, loras.of(PairLoras.Target.LARGE).get(0).strength());
        PairCopies.edit(yaml, "of: small", "of: tiny");
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> PairLoader.describe(pair))
                .getMessage());
        assertTrue(message.contains("of has to be pair, large, high-noise, low-noise or small, not 'tiny'"), message);
    }
}
