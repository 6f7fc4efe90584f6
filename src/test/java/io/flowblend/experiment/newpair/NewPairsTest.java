package io.flowblend.experiment.newpair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ModelPair;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewPairsTest {
    @TempDir
    private Path folder = Path.of("");

    private ModelPair load(NewPair pair) throws IOException {
        pair.write(folder.resolve("data"), folder.resolve("pairs"));
        return PairLoader.ofThisMachine().load(folder.resolve("pairs").resolve(pair.id()));
    }

    @Test
    void everyVariantLoadsAndIsAPairOfItsOwn() throws IOException {
        Map<BuiltInVariant, Long> small = new EnumMap<>(BuiltInVariant.class);
        Set<String> fingerprints = new HashSet<>();
        for (BuiltInVariant variant : BuiltInVariant.values()) {
            try (ModelPair pair = load(variant)) {
                assertEquals(variant.id(), pair.spec().id());
                small.put(variant, pair.small().parameters());
                fingerprints.add(pair.fingerprint());
                assertEquals(
                        variant == BuiltInVariant.IDENTICAL,
                        pair.small().parameters() == pair.large().parameters());
            }
        }
        assertEquals(BuiltInVariant.values().length, fingerprints.size());
        assertEquals(small.get(BuiltInVariant.NOISY), small.get(BuiltInVariant.RANDOM));
        assertNotEquals(small.get(BuiltInVariant.NOISY), small.get(BuiltInVariant.DROPPED_LAYER));
    }

    @Test
    void noiseIsTheSameEveryTime() throws IOException {
        Path weights = Path.of(BuiltInVariant.NOISY.id(), "small", "diffusion_pytorch_model.safetensors");
        BuiltInVariant.NOISY.write(folder.resolve("data"), folder.resolve("once"));
        BuiltInVariant.NOISY.write(folder.resolve("data"), folder.resolve("twice"));
        assertEquals(
                -1,
                Files.mismatch(
                        folder.resolve("once").resolve(weights),
                        folder.resolve("twice").resolve(weights)));
    }

    @Test
    void aPairFolderIsServedUnderAnIdThatNothingIsKnownAbout() throws IOException {
        PairFolder other = new PairFolder(BuiltInPair.unpack(folder.resolve("data")));
        assertEquals("new-" + BuiltInPair.ID, other.id());
        try (ModelPair pair = load(other)) {
            assertEquals("new-" + BuiltInPair.ID, pair.spec().id());
        }
    }

    @Test
    void aFolderWithoutADescriptionIsRefusedByName() {
        PairFolder empty = new PairFolder(folder);
        String message = String.valueOf(
                assertThrows(InvalidFileException.class, () -> load(empty)).getMessage());
        assertTrue(message.contains("pair.yaml"), message);
    }

    @Test
    void aNewPairIsServedFromColdToATableAndPictures() throws IOException {
        NewPairBenchmark.Setup setup = new NewPairBenchmark.Setup(3, 0.5, 2, 1);
        List<NewPair> pairs = List.of(BuiltInVariant.RANDOM);
        NewPairBenchmark.Result result = NewPairBenchmark.run(folder.resolve("newpair"), setup, pairs, line -> {});
        NewPairBenchmark.Pair pair = result.pairs().get(0);
        assertEquals(2, pair.requests().size());
        assertEquals(PairState.COLD, pair.requests().get(0).state());
        assertTrue(pair.staticCompute() > 0 && pair.staticCompute() <= 1, pair.toString());
        pair.requests().forEach(served -> assertEquals(0, served.deviation(), served.letters()));
        assertTrue(NewPairReport.text(result).contains(BuiltInVariant.RANDOM.id()));
        NewPairReport.plot(result, folder, "newpair");
        assertTrue(Files.size(folder.resolve("newpair-compute.png")) > 1000);
        NewPairBenchmark.Result again = NewPairBenchmark.run(folder.resolve("newpair"), setup, pairs, line -> {
            throw new AssertionError("everything is in the log: " + line);
        });
        assertEquals(result.pairs(), again.pairs());
    }
}
