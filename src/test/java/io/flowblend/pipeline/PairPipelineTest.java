package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.QualityScale;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.Profiles;
import io.flowblend.video.FrameRate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The built-in pair, one whose SMALL gives NaN, and one whose LARGE does, behind one catalog. */
class PairPipelineTest {
    private static final String PROMPT = "a red seven moves left fast";

    @SuppressWarnings("NullAway.Init")
    private static final List<VideoRequest> FINISHED = new ArrayList<>();

    private static PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private static Profiles inForce;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        Path smallFails = PairCopies.copyAs(pairs, "small-fails");
        PairCopies.poison(smallFails.resolve("small"));
        Path largeFails = PairCopies.copyAs(pairs, "large-fails");
        PairCopies.poison(largeFails.resolve("large"));
        PairCopies.copyAs(pairs, "unknown");
        Files.createDirectories(pairs.resolve("empty"));
        Path profiles = Files.createDirectories(folder.resolve("profiles"));
        Files.writeString(profiles.resolve("strict.yaml"), strict());
        Path twice = PairCopies.copy(pairs, "twice");
        inForce = Profiles.open(Optional.of(profiles), "balanced");
        catalog = PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                inForce,
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                (pair, video) -> FINISHED.add(video.request()));
        assertTrue(Files.isDirectory(twice));
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    /** {@code balanced}, but that requests may ask for {@code quality} only. */
    private static String strict() throws IOException {
        try (InputStream in = PairPipelineTest.class.getResourceAsStream("/profiles/balanced.yaml")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .replaceFirst("(?m)^allowed-profiles: .*$", "allowed-profiles: [quality]");
        }
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
        return VideoOptions.of(PROMPT).withSteps(8).withSeed(7);
    }

    @Test
    void catalogServesGoodPairsAndNamesTheOthers() {
        assertEquals(
                List.of(BuiltInPair.ID, "large-fails", "small-fails", "unknown"),
                catalog.all().stream().map(pipeline -> pipeline.spec().id()).toList());
        assertEquals(
                Set.of("empty", "source", BuiltInPair.ID),
                Set.copyOf(catalog.refused().stream()
                        .map(PipelineCatalog.Refusal::pair)
                        .toList()));
        assertEquals(PairState.ADAPTIVE, pipeline(BuiltInPair.ID).state());
        assertEquals(PairState.COLD, pipeline("large-fails").state(), "no video of it is ever finished");
    }

    @Test
    void sameRequestGivesTheSameBytes() {
        GeneratedVideo first = generate(BuiltInPair.ID, quick().withQuality(0.3));
        GeneratedVideo second = generate(BuiltInPair.ID, quick().withQuality(0.3));
        assertArrayEquals(first.frames().rgb(), second.frames().rgb());
        assertEquals(first.report().trace().letters(), second.report().trace().letters());
        GeneratedVideo other = generate(BuiltInPair.ID, quick().withQuality(0.3).withSeed(8));
        assertFalse(java.util.Arrays.equals(first.frames().rgb(), other.frames().rgb()));
    }

    @Test
    void adaptiveRunCostsLessAndReportsItself() {
        VideoReport report = generate(
                        BuiltInPair.ID,
                        VideoOptions.of(PROMPT).withSteps(20).withSeed(3).withQuality(0.2))
                .report();
        assertEquals(20, report.trace().steps().size());
        assertTrue(report.trace().fallback().isEmpty());
        assertTrue(report.flops() < report.largeOnlyFlops());
        assertTrue(report.predictedDeviation().orElseThrow() > 0);
        assertEquals(QualityScale.deviation(0.2), report.promise().orElseThrow().deviation(), 1e-9);
        assertEquals(
                List.of("text_encode", "large", "small", "probe", "decode"),
                List.copyOf(report.stageSeconds().keySet()));
        report.trace()
                .steps()
                .forEach(step -> assertEquals(
                        step.decision().move().probe(), step.divergence().isPresent()));
    }

    @Test
    void warmUpRunsBothModelsAndTeachesNothing() {
        PairPipeline pipeline = (PairPipeline) pipeline(BuiltInPair.ID);
        int before = FINISHED.size();
        List<StepRecord> steps = new ArrayList<>();
        pipeline.warmUp((step, fraction) -> steps.add(step));
        assertTrue(steps.stream().anyMatch(step -> step.largeSeconds() > 0));
        assertTrue(steps.stream().anyMatch(step -> step.smallSeconds() > 0));
        assertEquals(before, FINISHED.size());

        List<StepRecord> first = new ArrayList<>();
        pipeline.warmUp((step, fraction) -> {
            first.add(step);
            return false;
        });
        assertEquals(1, first.size());
        assertThrows(
                GenerationFailedException.class, () -> pipeline("large-fails").warmUp(PipelineListener.NONE));
        pipeline("small-fails").warmUp(PipelineListener.NONE);
    }

    @Test
    void exactQualityIsLargeAlone() {
        GeneratedVideo exact = generate(BuiltInPair.ID, quick().withQuality(1));
        GeneratedVideo large = generate(BuiltInPair.ID, quick().withSchedule("LLL"));
        assertTrue(exact.report().trace().schedule().isLarge());
        assertArrayEquals(large.frames().rgb(), exact.frames().rgb());
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 2, 3, 10})
    void exactQualityIsLargeAloneAtEveryGuidance(double guidance) {
        VideoOptions options = quick().withGuidance(guidance);
        GeneratedVideo exact = generate(BuiltInPair.ID, options.withQuality(1));
        assertTrue(
                exact.report().trace().schedule().isLarge(),
                exact.report().trace().letters());
        assertArrayEquals(
                generate(BuiltInPair.ID, options.withSchedule("LLL")).frames().rgb(),
                exact.frames().rgb());
    }

    @ParameterizedTest
    @CsvSource({
        "LSL, 1, L",
        "LSL, 2, LL",
        "LSL, 3, LSL",
        "LSL, 4, LSSL",
        "LSL, 8, LLLSSSSL",
        "LLLSSSSL, 1, L",
        "LLLSSSSL, 2, LL",
        "LLLSSSSL, 5, LSSSL",
        "SSSSSSSL, 3, SSL"
    })
    void staticScheduleKeepsWhatItNamesAtBothEnds(String schedule, int steps, String letters) {
        VideoOptions options =
                VideoOptions.of(PROMPT).withSteps(steps).withSeed(5).withSchedule(schedule);
        assertEquals(letters, generate(BuiltInPair.ID, options).report().trace().letters());
    }

    @Test
    void replayMakesTheSameVideoFromItsDecisions() {
        VideoPipeline pipeline = pipeline(BuiltInPair.ID);
        GeneratedVideo first = generate(BuiltInPair.ID, quick().withQuality(0.3));
        VideoRequest again = pipeline.resolve(quick().withQuality(0.3))
                .replaying(first.report().trace().steps().stream()
                        .map(StepRecord::decision)
                        .toList());
        GeneratedVideo second = pipeline.generate(again, PipelineListener.NONE).orElseThrow();
        assertEquals(first.report().trace().letters(), second.report().trace().letters());
        assertArrayEquals(first.frames().rgb(), second.frames().rgb());
    }

    @Test
    void shadowDecidesButRunsLargeAlone() {
        GeneratedVideo video = generate(BuiltInPair.ID, quick().withQuality(0).withProfile("shadow"));
        assertTrue(video.report().trace().schedule().isLarge());
        assertTrue(video.report().trace().steps().stream()
                .anyMatch(step -> step.decision().reason() == Reason.SHADOW));
        assertArrayEquals(
                generate(BuiltInPair.ID, quick().withSchedule("LLL")).frames().rgb(),
                video.frames().rgb());
    }

    @Test
    void failingSmallModelFallsBackToLarge() {
        GeneratedVideo video = generate("small-fails", quick().withSchedule("LLSSSSSL"));
        Fallback fallback = video.report().trace().fallback().orElseThrow();
        assertEquals(new Fallback(Fallback.Cause.SMALL_FAILED, 2, Fallback.Target.LARGE), fallback);
        assertEquals("LLLLLLLL", video.report().trace().letters());
        assertArrayEquals(
                generate(BuiltInPair.ID, quick().withSchedule("LLL")).frames().rgb(),
                video.frames().rgb());
    }

    @Test
    void unknownPairIsServedByLargeWithProbesUntilItIsKnown() {
        assertEquals(PairState.COLD, pipeline("unknown").state());
        GeneratedVideo video = generate("unknown", quick());
        Trace trace = video.report().trace();
        assertEquals(0, trace.count(Move.ofLetter('S')), trace.letters());
        assertTrue(trace.count(Move.ofLetter('P')) > 0, trace.letters());
        assertArrayEquals(
                generate(BuiltInPair.ID, quick().withSchedule("LLL")).frames().rgb(),
                video.frames().rgb());
        assertEquals(PairState.LEARNING, pipeline("unknown").state());

        GeneratedVideo fast = generate("unknown", options("speedup", "1.5"));
        assertTrue(fast.report().trace().schedule().isLarge(), "a speedup is served as well as it can be");
        assertEquals(
                Fallback.Cause.TOO_FEW_SAMPLES,
                fast.report().trace().fallback().orElseThrow().cause());
    }

    @Test
    void failingLargeModelFailsTheVideoAndNothingElse() {
        GenerationFailedException failure =
                assertThrows(GenerationFailedException.class, () -> generate("large-fails", quick()));
        assertEquals("non_finite_output", failure.code());
        assertEquals(
                pipeline(BuiltInPair.ID).spec().video().frames(),
                generate(BuiltInPair.ID, quick()).frames().count());
    }

    @Test
    void listenerSeesEveryStepAndCanEndTheRun() {
        List<Double> fractions = new ArrayList<>();
        VideoPipeline pipeline = pipeline(BuiltInPair.ID);
        pipeline.generate(pipeline.resolve(quick().withQuality(0.2)), (step, fraction) -> fractions.add(fraction));
        assertEquals(8, fractions.size());
        assertEquals(fractions.stream().sorted().toList(), fractions);
        assertEquals(1, fractions.get(7), 1e-9);

        List<Double> seen = new ArrayList<>();
        assertTrue(pipeline.generate(pipeline.resolve(quick()), (step, fraction) -> {
                    seen.add(fraction);
                    return seen.size() < 3;
                })
                .isEmpty());
        assertEquals(3, seen.size());
    }

    @Test
    void speedupBecomesAQualityThatIsLowerTheFasterItShallBe() {
        double slow = withSpeedup(1.1).quality();
        double fast = withSpeedup(1.4).quality();
        assertTrue(slow > fast, slow + " at 1.1x, " + fast + " at 1.4x");
        assertEquals(OptionalDouble.of(1.4), withSpeedup(1.4).speedup());
        assertTrue(withSpeedup(1).quality() > 0.99);
        assertEquals(
                "speedup",
                assertThrows(InvalidRequestException.class, () -> withSpeedup(50))
                        .field());
    }

    private static VideoRequest withSpeedup(double speedup) {
        return pipeline(BuiltInPair.ID).resolve(options("speedup", String.valueOf(speedup)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            prompt          |              | prompt is empty
            steps           | 0            | num_inference_steps has to be 1..1000, not 0
            steps           | 10000        | num_inference_steps has to be 1..1000, not 10000
            width           | 40           | width 40 is not a multiple of 16; nearest are 32 and 48
            height          | 8            | height 8 is not a multiple of 16; nearest is 16
            width           | 0            | width has to be positive, not 0
            width           | 2048         | size of 2048x64 has more than the
            frames          | 0            | num_frames has to be 1 or more, not 0
            seconds         | 0            | seconds has to be above 0, not 0.0
            fps             | 1/2          | fps has to be 1..120, not 1/2
            guidance        | 0.5          | guidance_scale has to be 0 or 1 (no guidance), or more, to 100, not 0.5
            flowShift       | 0            | flow_shift has to be above 0 and at most 100, not 0.0
            flowShift       | 1e-12        | flow_shift of 1.0E-12 gives no noise levels that fall
            quality         | 1.5          | quality has to be 0..1 or one of draft, balanced, high, exact (or lossless), not '1.5'
            quality         | best         | quality has to be 0..1 or one of draft
            speedup         | 0.5          | speedup has to be 1 or more, not 0.5
            policy          | clever       | policy has to be adaptive, static, large or small, not 'clever'
            schedule        | LXL          | a schedule is one of LLL
            schedule        | LLSS         | a schedule is one of LLL
            profile         | nothing      | profile 'nothing' is not there; there are balanced, models-only, quality, shadow, speed, strict
            inputReference  | an image     | input_reference is not taken by the pair 'PAIR': it makes videos from text alone
            negativePrompt  | blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur blur | tokens, the pair 'PAIR' reads at most
            """)
    void refusesWhatCannotBeDoneAndNamesTheField(String field, String value, String expected) {
        InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> pipeline(BuiltInPair.ID)
                .resolve(options(field, value == null ? "" : value)));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(expected.replace("PAIR", BuiltInPair.ID)), message);
        assertFalse(refusal.field().isBlank());
    }

    @Test
    void takesTheProfilesThatTheActiveOneAllows() {
        assertEquals(
                "strict",
                pipeline(BuiltInPair.ID).resolve(quick().withProfile("strict")).profile());
        inForce.activate("strict");
        try {
            assertEquals("strict", pipeline(BuiltInPair.ID).resolve(quick()).profile());
            assertEquals(
                    "strict",
                    pipeline(BuiltInPair.ID)
                            .resolve(quick().withProfile("strict"))
                            .profile());
            assertEquals(
                    "quality",
                    pipeline(BuiltInPair.ID)
                            .resolve(quick().withProfile("quality"))
                            .profile());
            InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> pipeline(BuiltInPair.ID)
                    .resolve(quick().withProfile("speed")));
            assertEquals("profile", refusal.field());
            assertEquals(
                    "profile 'speed' is not allowed by the active profile 'strict'; allowed are quality, strict.",
                    refusal.getMessage());
        } finally {
            inForce.activate("balanced");
        }
    }

    @Test
    void refusesAPromptOfAHundredThousandCharacters() {
        InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> pipeline(BuiltInPair.ID)
                .resolve(VideoOptions.of("a".repeat(100_000))));
        assertEquals("prompt", refusal.field());
        assertEquals("prompt has 100000 characters, at most 10000 are accepted.", refusal.getMessage());
    }

    @Test
    void fillsInThePairsDefaults() {
        PairSpec spec = pipeline(BuiltInPair.ID).spec();
        VideoRequest request = pipeline(BuiltInPair.ID).resolve(VideoOptions.of(PROMPT));
        assertEquals(spec.sampling().steps(), request.steps());
        assertEquals(spec.sampling().guidance(), request.guidance());
        assertEquals(spec.sampling().shift(), request.flowShift());
        assertEquals(spec.video().frames(), request.frames());
        assertEquals(List.of(), request.warnings());
        assertEquals("adaptive", request.policy());
        assertEquals("balanced", request.profile());
    }

    @ParameterizedTest
    @CsvSource({"9, 9", "10, 9", "11, 13", "1, 1", "2147483647, 0"})
    void takesTheNearestLengthThatThePairCanMakeAndSaysSo(int asked, int frames) {
        VideoRequest request = pipeline(BuiltInPair.ID).resolve(options("frames", String.valueOf(asked)));
        assertEquals(orMost(frames), request.frames());
        assertEquals(asked == frames ? List.of() : List.of("num_frames"), request.adjusted());
    }

    /** @param steps from one frame to the next that the seconds have room for */
    @ParameterizedTest
    @CsvSource({"8, 9", "9.6, 9", "10.4, 13", "0.1, 1", "1000, 0"})
    void takesSecondsForTheNearestLengthToo(double steps, int frames) {
        double seconds = steps / pipeline(BuiltInPair.ID).spec().video().fps();
        VideoRequest request = pipeline(BuiltInPair.ID).resolve(options("seconds", String.valueOf(seconds)));
        assertEquals(orMost(frames), request.frames());
        assertEquals(steps + 1 == frames ? List.of() : List.of("seconds"), request.adjusted());
    }

    /** The largest length there is, for 0. */
    private static int orMost(int frames) {
        return frames > 0 ? frames : pipeline(BuiltInPair.ID).spec().video().maxFrames();
    }

    @Test
    void warnsOfWordsThatThePairDoesNotKnow() {
        assertWarns(options("prompt", "A Red ten, moves left fast"), "prompt", "'ten', ','");
        assertWarns(options("negativePrompt", "a purple purple seven"), "negative_prompt", "'purple'");
    }

    private static void assertWarns(VideoOptions options, String field, String words) {
        assertEquals(
                List.of(field + " has words that the pair '" + BuiltInPair.ID + "' does not know: " + words
                        + ". /v1/models lists those that it knows."),
                pipeline(BuiltInPair.ID).resolve(options).warnings());
    }

    @Test
    void guidanceOfNoughtOrOneIsOffAndLosslessIsExact() {
        assertEquals(
                1, pipeline(BuiltInPair.ID).resolve(options("guidance", "0")).guidance());
        assertEquals(
                1, pipeline(BuiltInPair.ID).resolve(options("guidance", "1")).guidance());
        assertEquals(
                1,
                pipeline(BuiltInPair.ID).resolve(options("quality", "lossless")).quality());
    }

    /** Only {@code field} is set. */
    private static VideoOptions options(String field, String value) {
        return new VideoOptions(
                field.equals("prompt") ? value : PROMPT,
                text("negativePrompt", field, value),
                whole("width", field, value),
                whole("height", field, value),
                whole("frames", field, value),
                number("seconds", field, value),
                text("fps", field, value).map(FrameRate::parse),
                whole("steps", field, value),
                number("guidance", field, value),
                number("flowShift", field, value),
                field.equals("seed") ? OptionalLong.of(Long.parseLong(value)) : OptionalLong.empty(),
                text("quality", field, value),
                number("speedup", field, value),
                text("policy", field, value),
                text("schedule", field, value),
                text("profile", field, value),
                text("inputReference", field, value).map(image -> image.getBytes(StandardCharsets.UTF_8)));
    }

    private static Optional<String> text(String name, String field, String value) {
        return name.equals(field) ? Optional.of(value) : Optional.empty();
    }

    private static OptionalInt whole(String name, String field, String value) {
        return name.equals(field) ? OptionalInt.of(Integer.parseInt(value)) : OptionalInt.empty();
    }

    private static OptionalDouble number(String name, String field, String value) {
        return name.equals(field) ? OptionalDouble.of(Double.parseDouble(value)) : OptionalDouble.empty();
    }
}
