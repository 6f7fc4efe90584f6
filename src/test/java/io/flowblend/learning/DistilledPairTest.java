package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.model.pair.LtxPairs;
import io.flowblend.pipeline.FinishedVideos;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny LTX-Video pair that runs as the distilled models do: at eight listed levels, without guidance. */
class DistilledPairTest {
    private static final List<String> PROMPTS = List.of("a red seven", "a blue two", "a green one", "two circles");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static MemoryEvidenceStore store;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open() throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        LtxPairs.makeDistilled(Files.createDirectories(pairs.resolve("tiny-ltx")));
        store = new MemoryEvidenceStore(ShippedCalibrations.packaged());
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.empty(), "balanced"),
                store,
                FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static VideoPipeline pipeline() {
        return catalog.find("tiny-ltx").orElseThrow();
    }

    private static VideoOptions options() {
        return VideoOptions.of(PROMPTS.get(0)).withSeed(5);
    }

    private static GeneratedVideo generate(VideoOptions options) {
        return pipeline().generate(pipeline().resolve(options), PipelineListener.NONE);
    }

    @Test
    void runsAtTheListedLevelsAndTheStoredProfileIsFractionsOfThem() {
        GeneratedVideo video = generate(options().withSteps(8).withSchedule("LSL"));
        assertEquals("LLLSSSSL", video.report().trace().schedule());
        double[] sigmas = video.report().trace().steps().stream()
                .map(StepRecord::step)
                .mapToDouble(step -> step.sigma())
                .toArray();
        assertArrayEquals(new double[] {1, 0.993, 0.987, 0.981, 0.975, 0.909, 0.725, 0.00003}, sigmas, 1e-7);
        assertArrayEquals(
                video.frames().rgb(),
                generate(options().withSchedule("LSL")).frames().rgb());
    }

    @Test
    void refusesAnotherNumberOfStepsAndAnyShift() {
        assertRefused(
                "num_inference_steps",
                "num_inference_steps has to be 8, the number of timesteps that the pair 'tiny-ltx' is made for, not 20.",
                options().withSteps(20));
        assertRefused("num_inference_steps", "has to be 8", options().withSteps(0));
        assertRefused("flow_shift", "flow_shift is not taken by the pair 'tiny-ltx'", shifted(3));
        assertEquals(1, pipeline().resolve(shifted(1)).flowShift());
    }

    private static VideoOptions shifted(double shift) {
        VideoOptions plain = options();
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
                OptionalDouble.of(shift),
                plain.seed(),
                plain.quality(),
                plain.speedup(),
                plain.policy(),
                plain.schedule(),
                plain.profile(),
                plain.inputReference());
    }

    private static void assertRefused(String field, String expected, VideoOptions options) {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> pipeline().resolve(options));
        assertEquals(field, refusal.field());
        assertTrue(String.valueOf(refusal.getMessage()).contains(expected), refusal.getMessage());
    }

    @Test
    void isCalibratedOnItsOwnSteps() {
        MeasurementLog notebook = new FileMeasurementLog(folder.resolve("lessons"));
        try (CalibrationRun run = new CalibrationRun(
                pipeline(),
                store,
                new CalibrationPlan("tiny-ltx", PROMPTS, CalibrationPlan.FEWEST),
                OptionalInt.empty(),
                notebook,
                () -> LearningRules.DEFAULT,
                InstantSource.system())) {
            assertTrue(run.advance(() -> false));
            assertEquals(4, run.report().orElseThrow().requests());
        }
        GeneratedVideo video = generate(options().withQuality(0.5));
        assertEquals(8, video.report().trace().steps().size());
        assertTrue(video.report().pairState() != PairState.COLD, "it is known");
    }
}
