package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.model.ModelPair;
import io.flowblend.model.pair.LtxPairs;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.request.FirstFrame;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny LTX-Video pair from its folder to frames, by text and from a first frame. */
class LtxPipelineTest {
    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private static Path pair;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        pair = LtxPairs.make(Files.createDirectories(pairs.resolve("tiny-ltx")));
        Path ldl = LtxPairs.makeWithDistilledSmall(Files.createDirectories(pairs.resolve("tiny-ldl")));
        PairCopies.edit(ldl.resolve("pair.yaml"), "id: tiny-ltx", "id: tiny-ldl");
        catalog = PairCatalog.open(
                new PairCatalog.Sources(folder.resolve("data"), Optional.of(pairs), Optional.empty(), "balanced"));
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static VideoPipeline pipeline() {
        return catalog.find("tiny-ltx").orElseThrow();
    }

    private static VideoOptions options() {
        return VideoOptions.of("a red seven").withSeed(5).withSchedule("LSL");
    }

    private static GeneratedVideo generate(VideoOptions options) {
        return pipeline()
                .generate(pipeline().resolve(options), PipelineListener.NONE)
                .orElseThrow();
    }

    private static byte[] image(int grey) throws IOException {
        BufferedImage image = new BufferedImage(100, 80, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 100 * 80; i++) {
            image.setRGB(i % 100, i / 100, (i % 100) * grey / 100 * 0x010101);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    @Test
    void makesTheSameVideoFromTheSameText() {
        GeneratedVideo video = generate(options());
        assertEquals(17, video.frames().count());
        assertEquals(64, video.frames().width());
        assertEquals("LLLSSSSL", video.report().trace().letters());
        assertArrayEquals(video.frames().rgb(), generate(options()).frames().rgb());
        assertFalse(Arrays.equals(
                video.frames().rgb(), generate(options().withSeed(6)).frames().rgb()));
    }

    @Test
    void theFlowShiftFollowsFromTheSizeAndTheLastLevelIsTheSchedulers() {
        VideoRequest small = pipeline().resolve(options());
        VideoRequest large = pipeline().resolve(sized(128, 128));
        double slope = (2.05 - 0.95) / (4096 - 1024);
        assertEquals(Math.exp(0.95 + (12 - 1024) * slope), small.flowShift(), 1e-12);
        assertEquals(Math.exp(0.95 + (48 - 1024) * slope), large.flowShift(), 1e-12);
        var steps = generate(options()).report().trace().steps();
        assertEquals(1, steps.get(0).step().sigma());
        assertEquals(0.1, steps.get(7).step().sigma(), 1e-6);
        assertEquals(0, steps.get(7).step().nextSigma());
    }

    private static VideoOptions sized(int width, int height) {
        VideoOptions plain = options();
        return new VideoOptions(
                plain.prompt(),
                plain.negativePrompt(),
                OptionalInt.of(width),
                OptionalInt.of(height),
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
                plain.inputReference());
    }

    @Test
    void aDistilledSmallModelMakesOnePassAndItsStepsMaySpanSeveralLevels() {
        VideoPipeline ldl = catalog.find("tiny-ldl").orElseThrow();
        GeneratedVideo both = generate(options().withSchedule("LLLSRSRL"));
        GeneratedVideo one = ldl.generate(ldl.resolve(options().withSchedule("LLLSRSRL")), PipelineListener.NONE)
                .orElseThrow();
        List<StepRecord> guided = both.report().trace().steps();
        List<StepRecord> unguided = one.report().trace().steps();
        assertEquals(guided.get(0).flops(), unguided.get(0).flops());
        assertEquals(guided.get(3).flops(), 2 * unguided.get(3).flops());
        assertEquals(0, unguided.get(4).flops());
        assertFalse(Arrays.equals(both.frames().rgb(), one.frames().rgb()));
    }

    @Test
    void refusesOneStepWhereTheLastLevelIsGiven() {
        InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> pipeline()
                .resolve(options().withSteps(1)));
        assertEquals("num_inference_steps", refusal.field());
    }

    @Test
    void refusesASizeThatTheAutoencoderDoesNotHave() {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> pipeline().resolve(sized(48, 64)));
        assertEquals("width", refusal.field());
        assertTrue(String.valueOf(refusal.getMessage()).contains("nearest are 32 and 64"), refusal.getMessage());
    }

    @Test
    void goesOnFromTheFirstFrameThatIsGiven() throws IOException {
        VideoOptions given = options().withInputReference(image(255));
        GeneratedVideo video = generate(given);
        assertArrayEquals(video.frames().rgb(), generate(given).frames().rgb());
        assertFalse(
                Arrays.equals(video.frames().rgb(), generate(options()).frames().rgb()));
        assertFalse(Arrays.equals(
                video.frames().rgb(),
                generate(options().withInputReference(image(90))).frames().rgb()));
    }

    @Test
    void theGivenFramesLatentsStayAsTheyAreWhicheverModelAdvances() throws IOException {
        VideoRequest request = pipeline().resolve(options().withInputReference(image(255)));
        try (ModelPair models = PairLoader.ofThisMachine().load(pair);
                PromptCache prompts = new PromptCache(models.textEncoder(), 4);
                TensorScope scope = TensorScope.open();
                RequestSampling sampling = new RequestSampling(models, prompts, request)) {
            SamplingSpec spec = sampling.fromNoise();
            Tensor first = models.firstFrameEncoder().orElseThrow().encode(FirstFrame.tensor(request.firstFrame()));
            Schedule schedule = Schedule.parse("LSL", request.steps(), new StoredProfile(0.4, 0.2));
            try (SamplingRun run = new SamplingRun(spec, StaticPolicy.of(schedule, Reason.SCHEDULE))) {
                run.finish();
                Tensor end = run.state().x();
                assertEquals(0, TensorData.relativeL2(end.narrow(2, 0, 1), first));
                Tensor start = spec.start().x();
                assertTrue(TensorData.relativeL2(end.narrow(2, 1, 2), start.narrow(2, 1, 2)) > 0.1);
            }
        }
    }
}
