package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.pair.PairInspection;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built-in pair with a second expert in the layout of Wan 2.2: once the same weights again, so that both together are the
 * one network, and once weights that give NaN, so that it shows where they run.
 */
class TwoExpertsTest {
    private static final OptionalDouble USUAL = OptionalDouble.empty();

    private static final String INDEX =
            """
            {"_class_name": "WanPipeline", "boundary_ratio": 0.875,
             "transformer": ["diffusers", "WanTransformer3DModel"],
             "transformer_2": ["diffusers", "WanTransformer3DModel"]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private static Path same;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        same = twoExperts(pairs, "same");
        Path plain = PairCopies.copy(pairs, "plain");
        PairCopies.edit(plain.resolve("pair.yaml"), "id: " + BuiltInPair.ID, "id: plain");
        Path broken = twoExperts(pairs, "broken");
        PairCopies.poison(broken.resolve("wan2.2/transformer_2"));
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.empty(), "balanced"),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
        assertEquals(4, catalog.all().size(), catalog.refused().toString());
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static Path twoExperts(Path pairs, String id) throws IOException {
        Path pair = PairCopies.copy(pairs, id);
        PairCopies.edit(pair.resolve("pair.yaml"), "id: " + BuiltInPair.ID, "id: " + id);
        PairCopies.edit(pair.resolve("pair.yaml"), "large: large", "large: wan2.2/transformer");
        Path models = Files.createDirectories(pair.resolve("wan2.2"));
        PairCopies.copyAll(pair.resolve("large"), models.resolve("transformer_2"));
        Files.move(pair.resolve("large"), models.resolve("transformer"));
        Files.writeString(models.resolve("model_index.json"), INDEX);
        return pair;
    }

    private static VideoOptions options(OptionalDouble lowGuidance, OptionalDouble boundary) {
        VideoOptions plain = VideoOptions.of("a red seven moves left fast")
                .withSteps(4)
                .withSeed(5)
                .withSchedule("LPLP");
        return new VideoOptions(
                plain.prompt(),
                plain.negativePrompt(),
                plain.width(),
                plain.height(),
                plain.frames(),
                plain.seconds(),
                plain.fps(),
                plain.steps(),
                plain.guidance(),
                plain.flowShift(),
                plain.seed(),
                plain.quality(),
                plain.speedup(),
                plain.policy(),
                plain.schedule(),
                plain.profile(),
                plain.inputReference(),
                lowGuidance,
                boundary);
    }

    private static VideoPipeline pipeline(String id) {
        return catalog.find(id).orElseThrow();
    }

    private static GeneratedVideo make(String pair, OptionalDouble lowGuidance, OptionalDouble boundary) {
        VideoPipeline pipeline = pipeline(pair);
        return pipeline.generate(pipeline.resolve(options(lowGuidance, boundary)), PipelineListener.NONE)
                .orElseThrow();
    }

    /** But for the last bit, which the number of threads changes. */
    private static void assertSame(GeneratedVideo expected, GeneratedVideo actual) {
        byte[] one = expected.frames().rgb();
        byte[] other = actual.frames().rgb();
        int most = IntStream.range(0, one.length)
                .map(i -> Math.abs((one[i] & 0xff) - (other[i] & 0xff)))
                .max()
                .orElseThrow();
        assertTrue(most <= 1, "a value differs by " + most + " of 255");
    }

    @Test
    void twoExpertsOfTheSameWeightsAreTheOneModel() {
        assertSame(make("plain", USUAL, USUAL), make("same", USUAL, USUAL));
    }

    @Test
    void theSecondExpertMakesTheStepsBelowTheBoundary() {
        assertThrows(GenerationFailedException.class, () -> make("broken", USUAL, USUAL));
        GeneratedVideo above = make("broken", USUAL, OptionalDouble.of(0));
        assertSame(make("plain", USUAL, USUAL), above);
    }

    @Test
    void theSecondGuidanceScaleHoldsBelowTheBoundaryAndCostsWhatItRuns() {
        GeneratedVideo usual = make("same", USUAL, USUAL);
        GeneratedVideo without = make("same", OptionalDouble.of(1), USUAL);
        assertTrue(without.report().flops() < usual.report().flops());
        assertTrue(without.report().largeOnlyFlops() < usual.report().largeOnlyFlops());
        assertSame(usual, make("same", OptionalDouble.of(1), OptionalDouble.of(0)));
    }

    @Test
    void evidenceIsKeptForEachBoundaryAndTheFingerprintKnowsBothExperts() {
        VideoPipeline pipeline = pipeline("same");
        VideoRequest usual = pipeline.resolve(options(USUAL, USUAL));
        VideoRequest other = pipeline.resolve(options(OptionalDouble.of(3), OptionalDouble.of(0.9)));
        double guidance = PairCopies.spec().sampling().guidance();
        assertEquals(
                "guidance-" + guidance + "-" + guidance + "-below-0.875",
                pipeline.conditions(usual).bucket());
        assertEquals(
                "guidance-" + guidance + "-2.8-below-0.900",
                pipeline.conditions(other).bucket());
        assertNotEquals(pipeline.fingerprint(), pipeline("broken").fingerprint());
        assertNotEquals(pipeline.fingerprint(), pipeline(BuiltInPair.ID).fingerprint());
    }

    @Test
    void aPairOfOneExpertHasNoSecondScale() {
        VideoRequest request = pipeline(BuiltInPair.ID).resolve(options(OptionalDouble.of(3), OptionalDouble.of(0.9)));
        assertEquals(Optional.empty(), request.lowNoise());
    }

    @Test
    void impossibleValuesAreNamed() {
        VideoPipeline pipeline = pipeline("same");
        assertRefused("guidance_scale_2", pipeline, options(OptionalDouble.of(0.5), USUAL));
        assertRefused("boundary_ratio", pipeline, options(USUAL, OptionalDouble.of(1.5)));
    }

    private static void assertRefused(String field, VideoPipeline pipeline, VideoOptions options) {
        assertEquals(
                field,
                assertThrows(InvalidRequestException.class, () -> pipeline.resolve(options))
                        .field());
    }

    @Test
    void inspectCountsThreeModelsAndSaysWhatStaysInMemory() {
        PairInspection three = PairInspection.of(same, new PairInspection.Size(0, 0, 0), PairSpec.Hardware.OPEN);
        assertEquals("large (low)", three.parts().get(1).role());
        long experts = three.parts().get(0).parameters() + three.parts().get(1).parameters();
        long all = three.parts().stream()
                .mapToLong(PairInspection.Part::parameters)
                .sum();
        assertEquals(2 * three.parts().get(0).parameters(), experts);
        assertEquals(4 * all, three.memory().get(0).weights());
        assertTrue(
                three.notes().get(0).startsWith("Three models stay in memory all the time"),
                three.notes().toString());
    }
}
