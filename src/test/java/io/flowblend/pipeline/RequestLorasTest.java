package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.VideoOptions;
import io.flowblend.tensor.SafetensorsFile;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRA files that requests name. */
class RequestLorasTest {
    private static final String MODULE = "blocks.0.attn1.to_q";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private PairCatalog catalog;

    @BeforeEach
    void open() throws IOException {
        Path loras = Files.createDirectories(folder.resolve("loras"));
        write(loras.resolve("Style one.safetensors"), width(), 1);
        write(loras.resolve("style-two.safetensors"), width(), -1);
        write(loras.resolve("wide.safetensors"), width() + 1, 1);
        Path merged =
                PairCopies.copyAll(PairCopies.copyAs(folder.resolve("made"), "merged"), folder.resolve("pairs/merged"));
        Files.writeString(
                merged.resolve("pair.yaml"),
                Files.readString(merged.resolve("pair.yaml")) + "lora:\n- file: "
                        + loras.resolve("Style one.safetensors") + "\n  of: large\n");
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(folder.resolve("pairs")),
                Optional.of(loras),
                PairSpec.Hardware.OPEN,
                Profiles.open(Optional.empty(), "balanced"),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    private static int width() {
        try (Weights weights = Weights.open(PairCopies.ORIGINAL.resolve("large"));
                TensorScope scope = TensorScope.open()) {
            return (int) weights.shape(MODULE + ".weight")[1];
        }
    }

    private static void write(Path file, int width, float value) throws IOException {
        float[] values = new float[width];
        for (int i = 0; i < width; i++) {
            values[i] = value * (i % 7 - 3) / 8;
        }
        new SafetensorsFile()
                .put(MODULE + ".lora_down.weight", values, 1, width)
                .put(MODULE + ".lora_up.weight", values, width, 1)
                .write(file);
    }

    private byte[] frames(VideoPipeline pipeline) {
        VideoOptions options = VideoOptions.of("a red seven moves left fast")
                .withSteps(2)
                .withSeed(5)
                .withQuality(1);
        return pipeline.generate(pipeline.resolve(options), PipelineListener.NONE)
                .orElseThrow()
                .frames()
                .rgb();
    }

    private VideoPipeline pair(String id) {
        return catalog.find(id).orElseThrow();
    }

    @Test
    void aNamedFileMakesTheVideoOfThePairThatItIsMergedInto() {
        VideoPipeline pair = pair(BuiltInPair.ID);
        byte[] without = frames(pair);
        VideoPipeline one = catalog.find(pair, "style-one").orElseThrow();
        byte[] withOne = frames(one);
        assertArrayEquals(frames(pair("merged")), withOne);
        assertFalse(Arrays.equals(without, withOne));
        byte[] withTwo = frames(catalog.find(pair, "style-two").orElseThrow());
        assertArrayEquals(withTwo, withOne, "the product of both thin matrices has no sign");
        assertArrayEquals(without, frames(pair));
        assertArrayEquals(withOne, frames(one));
    }

    @Test
    void eachFileHasEvidenceOfItsOwn() {
        VideoPipeline pair = pair(BuiltInPair.ID);
        VideoPipeline one = catalog.find(pair, "style-one").orElseThrow();
        VideoPipeline two = catalog.find(pair, "style-two").orElseThrow();
        assertNotEquals(one.fingerprint(), pair.fingerprint());
        assertNotEquals(one.fingerprint(), two.fingerprint());
        assertEquals(BuiltInPair.ID + "--style-one", one.pair());
        assertEquals(Optional.of(one), catalog.find(BuiltInPair.ID + "--style-one"));
        assertTrue(one.calibration().isEmpty());
        assertTrue(pair.calibration().isPresent());
    }

    @Test
    void namesWhatIsThereAndWhatDoesNotFit() {
        VideoPipeline pair = pair(BuiltInPair.ID);
        assertEquals(List.of("style-one", "style-two", "wide"), catalog.loras());
        assertTrue(catalog.find(pair, "nobody").isEmpty());
        assertTrue(catalog.find(pair, "../style-two").isEmpty());
        assertTrue(catalog.find(BuiltInPair.ID + "--nobody").isEmpty());
        assertTrue(catalog.find("nobody--style-one").isEmpty());
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> catalog.find(pair, "wide"))
                .getMessage());
        assertTrue(message.contains("tensor '" + MODULE + ".lora_down.weight' has shape [1, "), message);
        assertTrue(catalog.find(BuiltInPair.ID + "--wide").isEmpty());
    }
}
