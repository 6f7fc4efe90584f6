package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.torchscript.ScriptPairs;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs of TorchScript files from their folder to frames. */
class ScriptPipelineTest {
    private static final int STEPS = 8;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        ScriptPairs.write(pairs, "scripted");
        for (String prediction : List.of("epsilon", "x0")) {
            Path yaml = copy(pairs, prediction);
            PairCopies.edit(yaml, "prediction: velocity", "prediction: " + prediction);
            PairCopies.edit(yaml, "large: large.pt", "large: large-" + prediction + ".pt");
            PairCopies.edit(yaml, "small: small.pt", "small: small-" + prediction + ".pt");
        }
        Path table = copy(pairs, "table");
        PairCopies.edit(table, "text-encoder: text_encoder.pt", "text-encoder: prompts.safetensors");
        Path failing = copy(pairs, "small-fails");
        ScriptPairs.define(
                failing.resolveSibling("small.pt"),
                "def forward(self, latents, timestep, text, mask):\n    return latents / (timestep * 0).sum()\n");
        Path fixed = copy(pairs, "small-of-one-size");
        ScriptPairs.define(
                fixed.resolveSibling("small.pt"),
                "def forward(self, latents, timestep, text, mask):\n    return latents + torch.ones([1, 4, 2, 2, 4])\n");
        Path other = copy(pairs, "other-latents");
        PairCopies.edit(other, "channels: 4", "channels: 2");
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.empty(), "balanced"),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
    }

    /** Writes the pair under another id and answers its {@code pair.yaml}. */
    private static Path copy(Path pairs, String id) throws IOException {
        Path yaml = ScriptPairs.write(pairs, id).resolve("pair.yaml");
        PairCopies.edit(yaml, "id: scripted", "id: " + id);
        return yaml;
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static VideoPipeline pipeline(String id) {
        return catalog.find(id).orElseThrow();
    }

    private static GeneratedVideo generate(String pair, VideoOptions options) {
        VideoPipeline pipeline = pipeline(pair);
        return pipeline.generate(pipeline.resolve(options), PipelineListener.NONE)
                .orElseThrow();
    }

    private static VideoOptions quick() {
        return VideoOptions.of("red").withSteps(STEPS).withSeed(7).withGuidance(1);
    }

    @Test
    void catalogServesThemAndNamesTheOneThatDoesNotFit() {
        assertTrue(catalog.find("scripted").isPresent());
        assertEquals(
                List.of("other-latents"),
                catalog.refused().stream().map(PipelineCatalog.Refusal::pair).toList());
        assertTrue(
                catalog.refused().get(0).reason().contains("fails on"),
                catalog.refused().get(0).reason());
    }

    /** Euler on {@code v = gain (1 + sigma) (x - text)} in Java's own arithmetic; the table knows the text. */
    @Test
    void framesAreThoseOfTheClosedForm() {
        GeneratedVideo video = generate("table", quick().withSchedule("LSL"));
        List<StepRecord> steps = video.report().trace().steps();
        assertEquals("LLSSSSLL", video.report().trace().letters());
        float[] x = SeededNoise.normals(7, 4 * 2 * 2 * 4);
        float[] text = {1, -1, -1, 0};
        for (StepRecord line : steps) {
            double gain = line.decision().move().isLarge() ? 0.75 : 0.7;
            double step = line.step().nextSigma() - line.step().sigma();
            for (int i = 0; i < x.length; i++) {
                x[i] += (float) (step * gain * (1 + line.step().sigma()) * (x[i] - text[i / 16]));
            }
        }
        byte[] rgb = video.frames().rgb();
        for (int frame = 0; frame < 5; frame++) {
            for (int row = 0; row < 16; row++) {
                for (int column = 0; column < 32; column++) {
                    for (int colour = 0; colour < 3; colour++) {
                        int latent = colour * 16 + (frame == 0 ? 0 : 8) + row / 8 * 4 + column / 8;
                        double light = 255 * (Math.tanh(x[latent]) + 1) / 2;
                        int pixel = rgb[((frame * 16 + row) * 32 + column) * 3 + colour] & 0xFF;
                        assertEquals(light, pixel, 0.51, "frame " + frame + " row " + row + " column " + column);
                    }
                }
            }
        }
    }

    @Test
    void noiseAndDataPredictionsMakeTheSameVideo() {
        byte[] velocity =
                generate("scripted", quick().withSchedule("LSL")).frames().rgb();
        byte[] x0 = generate("x0", quick().withSchedule("LSL")).frames().rgb();
        for (int i = 0; i < velocity.length; i++) {
            assertEquals(velocity[i] & 0xFF, x0[i] & 0xFF, 1);
        }
        // noise tells no velocity at sigma = 1, so that the first step is another one
        byte[] epsilon =
                generate("epsilon", quick().withSchedule("LSL")).frames().rgb();
        for (int i = 0; i < velocity.length; i++) {
            assertEquals(velocity[i] & 0xFF, epsilon[i] & 0xFF, 2);
        }
    }

    @Test
    void sameRequestGivesTheSameBytesFromTheFirstForwardOn() {
        assertArrayEquals(
                generate("scripted", quick().withQuality(0.3).withGuidance(2))
                        .frames()
                        .rgb(),
                generate("scripted", quick().withQuality(0.3).withGuidance(2))
                        .frames()
                        .rgb());
    }

    @Test
    void anUnknownPairLearnsAsItServes() {
        assertEquals(PairState.COLD, pipeline("table").state());
        VideoReport report = generate("table", quick()).report();
        assertTrue(report.trace().count(Move.ofLetter('P')) > 0, report.trace().letters());
        assertEquals(PairState.LEARNING, pipeline("table").state());
        pipeline("table").warmUp(PipelineListener.NONE);
    }

    @Test
    void aPromptThatIsNotInTheTableIsRefusedByField() {
        InvalidRequestException refusal = assertThrows(
                InvalidRequestException.class, () -> pipeline("table").resolve(VideoOptions.of("purple")));
        assertEquals("prompt", refusal.field());
        assertEquals(
                "prompt is not one of the 3 that the pair knows: 'dark blue', 'green', 'red'.", refusal.getMessage());
    }

    @Test
    void valuesThatAreNotFiniteFallBackToLarge() {
        Fallback fallback = generate("small-fails", quick().withSchedule("LSL"))
                .report()
                .trace()
                .fallback()
                .orElseThrow();
        assertEquals(new Fallback(Fallback.Cause.SMALL_FAILED, 2, Fallback.Target.LARGE), fallback);
    }

    @Test
    void aSmallModelOfOneSizeFallsBackToLargeAtOthers() {
        VideoOptions usual = quick().withSchedule("LSL");
        assertTrue(
                generate("small-of-one-size", usual).report().trace().fallback().isEmpty());
        VideoReport larger = generate("small-of-one-size", atDoubleWidth(usual)).report();
        assertEquals(
                new Fallback(Fallback.Cause.SMALL_FAILED, 2, Fallback.Target.LARGE),
                larger.trace().fallback().orElseThrow());
    }

    private static VideoOptions atDoubleWidth(VideoOptions options) {
        return new VideoOptions(
                options.prompt(),
                options.negativePrompt(),
                OptionalInt.of(64),
                options.height(),
                options.frames(),
                options.seconds(),
                options.fps(),
                options.steps(),
                options.guidance(),
                options.flowShift(),
                options.seed(),
                options.quality(),
                options.speedup(),
                options.policy(),
                options.schedule(),
                options.profile(),
                options.inputReference());
    }
}
