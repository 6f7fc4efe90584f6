package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair, one whose SMALL is its LARGE, and one whose SMALL gives NaN. */
class RehearsalTest {
    private static final String PROMPT = "a cyan four moves up slowly";
    private static final int STEPS = 16;
    private static final List<String> EIGHTHS =
            List.of("SLLLLLLL", "LSLLLLLL", "LLSLLLLL", "LLLSLLLL", "LLLLSLLL", "LLLLLSLL", "LLLLLLSL", "LLLLLLLS");

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        Path same = PairCopies.copy(pairs, "same");
        PairCopies.edit(same.resolve("pair.yaml"), "id: digits", "id: same");
        for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
            Files.copy(
                    same.resolve("large").resolve(file),
                    same.resolve("small").resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Path broken = PairCopies.copy(pairs, "broken");
        PairCopies.edit(broken.resolve("pair.yaml"), "id: digits", "id: broken");
        PairCopies.poison(broken.resolve("small"));
        catalog = PairCatalog.open(
                new PairCatalog.Sources(folder.resolve("data"), Optional.of(pairs), Optional.empty(), "balanced"));
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    private static VideoPipeline pipeline(String pair) {
        return catalog.find(pair).orElseThrow();
    }

    private static VideoRequest request(String pair) {
        return pipeline(pair)
                .resolve(VideoOptions.of(PROMPT).withSteps(STEPS).withSeed(5).withQuality(0.2));
    }

    private static Rehearsal.Result rehearse(String pair, List<String> schedules, boolean probed) {
        try (Rehearsal rehearsal = pipeline(pair).rehearse(request(pair), schedules, probed)) {
            assertTrue(rehearsal.advance(() -> false));
            assertEquals(1, rehearsal.fractionDone());
            return rehearsal.result();
        }
    }

    private static double deviation(String schedule) {
        return rehearse("digits", List.of(schedule), false)
                .replays()
                .get(0)
                .deviation()
                .orElseThrow();
    }

    @Test
    void replayWithoutSmallStepsDoesNotDeviate() {
        assertEquals(0, deviation("LLL"));
    }

    @Test
    void replayOfASmallModelThatIsTheLargeOneEndsInTheSameLatents() {
        Rehearsal.Result result = rehearse("same", List.of("SSS", "LSSLSLSS", "LLLLLLLS"), true);
        result.replays().forEach(replay -> assertEquals(OptionalDouble.of(0), replay.deviation(), replay.letters()));
        assertEquals(STEPS, result.probes().size());
        result.probes().forEach(probe -> assertEquals(0, probe.divergence().l2()));
    }

    @Test
    void everySegmentDeviatesAndSmallAloneDeviatesMost() {
        List<String> schedules = new ArrayList<>(EIGHTHS);
        schedules.add("SSS");
        Rehearsal.Result result = rehearse("digits", schedules, true);
        double all = result.replays().get(8).deviation().orElseThrow();
        for (Rehearsal.Replay replay : result.replays().subList(0, 8)) {
            double one = replay.deviation().orElseThrow();
            assertTrue(one > 0 && one < all, replay + " against " + all);
        }
        assertEquals("LLLLSSLLLLLLLLLL", result.replays().get(2).letters());
        assertEquals(STEPS + 1, result.sigmas().size());
        assertEquals(
                result.sigmas().subList(0, STEPS),
                result.probes().stream().map(probe -> probe.step().sigma()).toList());
    }

    @Test
    void probesAndOtherReplaysChangeNoDeviation() {
        List<Rehearsal.Replay> together =
                rehearse("digits", List.of("LSLLLLLL", "LLSSSSSL"), true).replays();
        assertEquals(deviation("LSLLLLLL"), together.get(0).deviation().orElseThrow());
        assertEquals(deviation("LLSSSSSL"), together.get(1).deviation().orElseThrow());
    }

    @Test
    void probesReadWhatAVideoOfLargeAloneReads() {
        VideoPipeline pipeline = pipeline("digits");
        VideoRequest learning = pipeline.resolve(
                VideoOptions.of(PROMPT).withSteps(STEPS).withSeed(5).withGuidance(1));
        List<StepRecord> steps = pipeline.generate(learning, PipelineListener.NONE)
                .report()
                .trace()
                .steps();
        List<Rehearsal.Probe> probes;
        try (Rehearsal rehearsal = pipeline.rehearse(learning, List.of(), true)) {
            assertTrue(rehearsal.advance(() -> false));
            probes = rehearsal.result().probes();
        }
        StepRecord first = steps.stream()
                .filter(step -> step.divergence().isPresent())
                .findFirst()
                .orElseThrow();
        assertEquals(
                first.divergence().orElseThrow(),
                probes.get(first.step().index()).divergence());
    }

    @Test
    void scheduleOfAnAdaptiveVideoMakesTheSameVideo() {
        VideoPipeline pipeline = pipeline("digits");
        GeneratedVideo adaptive = pipeline.generate(request("digits"), PipelineListener.NONE);
        String letters = adaptive.report().trace().schedule();
        assertTrue(letters.contains("R"), letters);
        VideoOptions again =
                VideoOptions.of(PROMPT).withSteps(STEPS).withSeed(5).withSchedule(letters.replace('P', 'L'));
        assertArrayEquals(
                adaptive.frames().rgb(),
                pipeline.generate(pipeline.resolve(again), PipelineListener.NONE)
                        .frames()
                        .rgb());
    }

    @Test
    void interruptedAfterEveryStepEndsInTheSameNumbers() {
        List<String> schedules = List.of("LLSSLLLL", "SSS", "LLSLSLSL", "LL22LL3L");
        Rehearsal.Result whole = rehearse("digits", schedules, true);
        try (Rehearsal rehearsal = pipeline("digits").rehearse(request("digits"), schedules, true)) {
            int calls = 1;
            double before = 0;
            while (!rehearsal.advance(() -> true)) {
                assertTrue(rehearsal.fractionDone() >= before);
                before = rehearsal.fractionDone();
                assertTrue(rehearsal.result().replays().size() < schedules.size());
                calls++;
            }
            assertEquals(whole, rehearsal.result());
            // the last step of each of the five legs goes on with the first of the next one
            assertEquals(STEPS + 12 + 16 + 12 + 11 - 4, calls);
        }
    }

    @Test
    void givesWayToAVideoThatWaitsForThePair() throws InterruptedException {
        VideoPipeline pipeline = pipeline("digits");
        VideoRequest request = request("digits");
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        try (Rehearsal rehearsal = pipeline.rehearse(request, EIGHTHS, true)) {
            Thread video = new Thread(() -> {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                pipeline.generate(request, PipelineListener.NONE);
            });
            video.start();
            boolean done = rehearsal.advance(() -> {
                begun.countDown();
                waitUntilBlocked(video);
                asked.incrementAndGet();
                return false;
            });
            assertFalse(done);
            assertEquals(1, asked.get());
            video.join(TimeUnit.MINUTES.toMillis(1));
            assertTrue(rehearsal.advance(() -> false));
        }
    }

    private static void waitUntilBlocked(Thread thread) {
        // In this order: the thread waits for its start, too, before it is in generate.
        while (!isInGenerate(thread) || thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    private static boolean isInGenerate(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals("generate")) {
                return true;
            }
        }
        return false;
    }

    @Test
    void smallModelThatFailsLeavesNoDeviation() {
        Rehearsal.Result result = rehearse("broken", List.of("LLLLLLLS", "LLL"), true);
        assertEquals(List.of(), result.probes());
        assertEquals(OptionalDouble.empty(), result.replays().get(0).deviation());
        assertEquals(OptionalDouble.of(0), result.replays().get(1).deviation());
    }

    @Test
    void triesOutACalibrationAtEachQuality() {
        Calibration calibration = ShippedCalibrations.packaged().find("digits").orElseThrow();
        List<Double> qualities = List.of(0.2, 0.9, 1.0);
        Rehearsal.Result result;
        try (Rehearsal trial = pipeline("digits").rehearse(request("digits"), calibration, qualities)) {
            assertTrue(trial.advance(() -> false));
            result = trial.result();
        }
        assertEquals(List.of(), result.probes());
        Rehearsal.Replay fast = result.replays().get(0);
        assertTrue(fast.letters().contains("R"), fast.letters());
        assertEquals(
                deviation(fast.letters().replace('P', 'L')), fast.deviation().orElseThrow());
        assertTrue(fast.cost() < result.replays().get(1).cost(), result.toString());
        Rehearsal.Replay exact = result.replays().get(2);
        assertEquals(OptionalDouble.of(0), exact.deviation());
        assertTrue(exact.cost() >= 1, exact.toString());
    }

    @Test
    void triedOutBetweenStepsEndsInTheSameNumbers() {
        Calibration calibration = ShippedCalibrations.packaged().find("digits").orElseThrow();
        Rehearsal.Result whole;
        try (Rehearsal trial = pipeline("digits").rehearse(request("digits"), calibration, List.of(0.2, 0.5))) {
            assertTrue(trial.advance(() -> false));
            whole = trial.result();
        }
        try (Rehearsal trial = pipeline("digits").rehearse(request("digits"), calibration, List.of(0.2, 0.5))) {
            boolean done = false;
            while (!done) {
                done = trial.advance(() -> true);
                assertTrue(trial.fractionDone() <= 1);
            }
            assertEquals(whole, trial.result());
        }
    }

    @Test
    void policyThatFallsBackSaysNothingOfTheCalibration() {
        Calibration calibration = ShippedCalibrations.packaged().find("digits").orElseThrow();
        try (Rehearsal trial = pipeline("broken").rehearse(request("broken"), calibration, List.of(0.2))) {
            assertTrue(trial.advance(() -> false));
            assertEquals(OptionalDouble.empty(), trial.result().replays().get(0).deviation());
        }
    }

    @Test
    void refusesAScheduleThatCannotBeDone() {
        VideoPipeline pipeline = pipeline("digits");
        VideoRequest request = request("digits");
        assertThrows(IllegalArgumentException.class, () -> pipeline.rehearse(request, List.of("LLSS"), false));
    }
}
