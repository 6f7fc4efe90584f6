package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.model.ModelPair;
import io.flowblend.model.pair.PairLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewPairsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void everyVariantLoadsAndIsAPairOfItsOwn() throws IOException {
        Map<NewPairs.Variant, Long> parameters = new HashMap<>();
        Map<String, NewPairs.Variant> fingerprints = new HashMap<>();
        for (NewPairs.Variant variant : NewPairs.Variant.values()) {
            NewPairs.write(variant, folder.resolve("data"), folder.resolve("pairs"));
            try (ModelPair pair =
                    PairLoader.ofThisMachine().load(folder.resolve("pairs").resolve(variant.id()))) {
                assertEquals(variant.id(), pair.spec().id());
                parameters.put(variant, pair.small().parameters());
                fingerprints.put(pair.fingerprint(), variant);
                assertEquals(
                        variant == NewPairs.Variant.IDENTICAL,
                        pair.small().parameters() == pair.large().parameters());
            }
        }
        assertEquals(4, fingerprints.size());
        assertEquals(parameters.get(NewPairs.Variant.NOISY), parameters.get(NewPairs.Variant.RANDOM));
        assertNotEquals(parameters.get(NewPairs.Variant.NOISY), parameters.get(NewPairs.Variant.DROPPED_LAYER));
    }

    @Test
    void noiseIsTheSameEveryTime() throws IOException {
        Path weights = Path.of("digits-noisy", "small", "diffusion_pytorch_model.safetensors");
        NewPairs.write(NewPairs.Variant.NOISY, folder.resolve("data"), folder.resolve("once"));
        NewPairs.write(NewPairs.Variant.NOISY, folder.resolve("data"), folder.resolve("twice"));
        assertEquals(
                -1,
                Files.mismatch(
                        folder.resolve("once").resolve(weights),
                        folder.resolve("twice").resolve(weights)));
    }

    @Test
    void aNewPairIsServedFromColdToATableAndPictures() throws IOException {
        NewPairBenchmark.Setup setup = new NewPairBenchmark.Setup(4, 0.5, 2, 1);
        NewPairBenchmark.Result result = NewPairBenchmark.run(folder.resolve("newpair"), setup, line -> {});
        assertEquals(4, result.pairs().size());
        for (NewPairBenchmark.Pair pair : result.pairs()) {
            assertEquals(2, pair.requests().size());
            assertEquals(PairState.COLD, pair.requests().get(0).state());
            assertFalse(pair.history().isEmpty(), pair.id());
            if (pair.id().equals("digits-random")) {
                pair.requests().forEach(served -> assertFalse(served.schedule().contains("S"), served.toString()));
            }
        }
        assertTrue(NewPairReport.table(result).contains("digits-dropped-layer"));
        NewPairReport.plot(result, folder, "newpair");
        assertTrue(Files.size(folder.resolve("newpair-compute.png")) > 1000);
        NewPairBenchmark.Result again = NewPairBenchmark.run(folder.resolve("newpair"), setup, line -> {
            throw new AssertionError("everything is in the log: " + line);
        });
        assertEquals(result.pairs(), again.pairs());
    }
}
