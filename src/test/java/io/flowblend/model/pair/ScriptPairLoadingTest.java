package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.torchscript.ScriptPairs;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptPairLoadingTest {
    private static final PairLoader LOADER = new PairLoader(Hardware.OPEN, device -> Long.MAX_VALUE);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        folder = ScriptPairs.write(parent, "scripted");
    }

    private void edit(String from, String to) throws IOException {
        PairCopies.edit(folder.resolve("pair.yaml"), from, to);
    }

    private String refusal() {
        return String.valueOf(assertThrows(InvalidFileException.class, () -> LOADER.load(folder))
                .getMessage());
    }

    private String fingerprint() {
        try (ModelPair pair = LOADER.load(folder)) {
            return pair.fingerprint();
        }
    }

    @Test
    void readsAWholePair() {
        try (TensorScope scope = TensorScope.open();
                ModelPair pair = LOADER.load(folder)) {
            assertEquals("scripted", pair.spec().id());
            assertArrayEquals(
                    new long[] {1, 32, 4},
                    TensorData.shape(pair.textEncoder().encode("red").values()));
            assertEquals(
                    0.2,
                    pair.small().cost(pair.decoder().latentShape(5, 16, 32), 32).total()
                            / pair.large()
                                    .cost(pair.decoder().latentShape(5, 16, 32), 32)
                                    .total(),
                    1e-12);
            assertTrue(pair.firstFrameEncoder().isEmpty());
        }
    }

    @Test
    void theFingerprintTellsFilesAndTheirUseApartButNotTheirCost() throws IOException {
        String before = fingerprint();
        edit("tflops: 0.0002", "tflops: 0.0003");
        assertEquals(before, fingerprint());
        edit("timestep: {noise: 1000, data: 0}\n    tflops: 0.0003", "timestep: {noise: 999, data: 0}");
        String told = fingerprint();
        assertNotEquals(before, told);
        Files.copy(folder.resolve("small-x0.pt"), folder.resolve("other.pt"));
        edit("small: small.pt", "small: other.pt");
        String copied = fingerprint();
        assertNotEquals(told, copied);
        edit("sampling:\n", "sampling:\n  small-guidance: 1\n");
        assertNotEquals(copied, fingerprint());
    }

    @Test
    void isInspectedByTheSizesOfItsFilesAndTheCostThatItTells() throws IOException {
        PairInspection usual = PairInspection.of(folder, new PairInspection.Size(0, 0, 0), Hardware.OPEN);
        PairInspection larger = PairInspection.of(folder, new PairInspection.Size(64, 0, 0), Hardware.OPEN);
        int passes = usual.video().passes();
        assertEquals(0.001e12 * passes, usual.large().total(), 1);
        assertEquals(0.2, usual.small().total() / usual.large().total(), 1e-12);
        assertEquals(
                64.0 / usual.video().width(),
                larger.large().total() / usual.large().total(),
                1e-12);
        assertEquals(
                Files.size(folder.resolve("large.pt")),
                usual.parts().get(0).bytesByFormat().get("file"));
        assertTrue(usual.memory().get(0).weights() > Files.size(folder.resolve("large.pt")));
        assertEquals(0, usual.memory().get(0).forward());
        assertEquals(1, usual.notes().size(), usual.notes().toString());
        edit("    tflops: 0.0002\n", "");
        PairInspection untold = PairInspection.of(folder, new PairInspection.Size(0, 0, 0), Hardware.OPEN);
        assertEquals(0, untold.small().total());
        assertEquals(2, untold.notes().size());
    }

    @Test
    void aTableOfPromptsNeedsNoTokenizer() throws IOException {
        edit("text-encoder: text_encoder.pt", "text-encoder: prompts.safetensors");
        edit("  text-encoder: {ids: input_ids, mask: attention_mask}\n", "");
        Files.delete(folder.resolve("tokenizer/tokenizer.json"));
        try (ModelPair pair = LOADER.load(folder)) {
            assertEquals("dark blue", pair.textEncoder().example());
        }
    }

    @Test
    void theTextEncoderAndDecoderOfAFamilyServeScriptsToo() throws IOException {
        Path builtIn = PairCopies.copy(parent, "built-in");
        edit("text-encoder: text_encoder.pt", "text-encoder: " + builtIn.resolve("text_encoder"));
        edit("decoder: decoder.pt", "decoder: " + builtIn.resolve("vae"));
        edit("channels: 4", "channels: " + PairCopies.latents().channels());
        for (String model : new String[] {"large.pt", "small.pt"}) {
            ScriptPairs.define(
                    folder.resolve(model),
                    "def forward(self, latents, timestep, text, mask):\n"
                            + "    return latents - text.mean([1, 2]).view(-1, 1, 1, 1, 1)\n");
        }
        LOADER.load(folder).close();
        edit("temporal: 4", "temporal: 2");
        assertEquals(
                folder.resolve("pair.yaml") + ": 'torchscript.latents' makes [16, 3, 2, 4] of the default size, but the"
                        + " decoder vae reads [16, 2, 2, 4]: the parts do not belong together",
                refusal());
    }

    @Test
    void modelsOfOtherChannelCountsAreRefusedWithBoth() throws IOException {
        ScriptPairs.define(
                folder.resolve("small.pt"),
                "def forward(self, latents, timestep, text, mask):\n"
                        + "    return torch.conv3d(latents, torch.ones([8, 8, 1, 1, 1]))\n");
        String message = refusal();
        assertTrue(message.startsWith(folder.resolve("small.pt") + ": fails on latents [2, 4, 2, 2, 4], "), message);
        assertTrue(message.contains("to have 8 channels, but got 4 channels"), message);
    }

    @Test
    void aSmallModelWithGuidanceOfItsOwnIsTriedAsItWillRun() throws IOException {
        ScriptPairs.define(
                folder.resolve("small.pt"),
                "def forward(self, latents, timestep, text, mask):\n    return latents.reshape([1, 4, 2, 2, 4])\n");
        assertTrue(refusal().contains("small.pt: fails on latents [2, 4, 2, 2, 4]"), refusal());
        edit("sampling:\n", "sampling:\n  small-guidance: 1\n");
        LOADER.load(folder).close();
    }

    @Test
    void modelsThatReadOtherEmbeddingsAreRefusedWithBothWidths() throws IOException {
        ScriptPairs.define(
                folder.resolve("small.pt"),
                "def forward(self, latents, timestep, text, mask):\n"
                        + "    return latents + torch.matmul(text, torch.ones([6, 1])).sum()\n");
        String message = refusal();
        assertTrue(message.contains("small.pt: fails on"), message);
        assertTrue(message.contains("text [2, 32, 4]"), message);
        assertTrue(message.contains("(64x4 and 6x1)"), message);
    }

    @Test
    void decodersOfAnotherSizeAreRefusedWithBoth() throws IOException {
        edit("spatial: 8", "spatial: 4");
        assertEquals(
                folder.resolve("decoder.pt") + ": gives [1, 3, 5, 32, 64] for z [1, 4, 2, 4, 8], expected [1, 3, 5, 16,"
                        + " 32]",
                refusal());
    }

    @Test
    void textEncodersThatCutPositionsAreRefused() throws IOException {
        ScriptPairs.define(
                folder.resolve("text_encoder.pt"),
                "def forward(self, input_ids, attention_mask):\n    return torch.ones([1, 16, 4])\n");
        assertEquals(
                folder.resolve("text_encoder.pt") + ": gives [1, 16, 4] for 32 tokens, expected [1, 32, D]", refusal());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "prediction: velocity | prediction: noise | torchscript.large: prediction has to be one of velocity, "
                        + "reversed-velocity, epsilon, x0, not 'noise'",
                "noise: 1000 | noise: 0 | torchscript.large.timestep: noise and data have to differ, both are 0.0",
                "tflops: 0.001 | tflops: 0 | torchscript.large: tflops has to be above 0, not 0.0",
                "timestep: timestep | time: timestep | 'torchscript.large.inputs.timestep' is missing; expected text",
                "channels: 4 | channels: 0 | torchscript.latents: channels has to be 1..4096, not 0",
                "width: 32 | width: 24 | 'video': width 24 is not a multiple of 16; nearest are 16 and 32",
                "decoder: {input: z, black: -1, white: 1} | | 'torchscript.decoder' is missing, it has to say how "
                        + "decoder.pt is used",
                "decoder: decoder.pt | decoder: none.pt | no such file or folder",
                "torchscript: | other: | 'torchscript' is missing, it has to say how large.pt is used"
            })
    void refusesWhatPairYamlLacksOrMisspells(String from, String to, String expected) throws IOException {
        edit(from, to == null ? "" : to);
        String message = refusal();
        assertTrue(message.contains(expected), message);
    }

    @ParameterizedTest
    @CsvSource({"device, cuda:0, cpu", "small-device, cuda, cpu", "dtype, bfloat16, float32"})
    void refusesToRunAnywhereButOnTheCpuInFloat32(String key, String asked, String possible) throws IOException {
        edit("text-positions:", key + ": " + asked + "\ntext-positions:");
        String message = refusal();
        assertTrue(
                message.contains("'" + key + "' is " + asked + ", but TorchScript files run on the CPU in float32"),
                message);
        assertTrue(message.endsWith(possible + "]"), message);
    }

    @Test
    void refusesWhatDoesNotFitIntoMemory() {
        String message = String.valueOf(assertThrows(
                        InvalidFileException.class, () -> new PairLoader(Hardware.OPEN, device -> 1000L).load(folder))
                .getMessage());
        assertTrue(message.contains("bytes of memory on cpu, 1000 are available"), message);
    }
}
