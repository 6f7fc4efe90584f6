package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedCalibrations;
import io.flowblend.evidence.TwinRun;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.pipeline.GeneratedVideo;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.Rehearsal;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair, calibrated or unknown, and what serving and idle time teach about it. */
class LearningTest {
    private static final String PROMPT = "a green two moves right fast";
    private static final int STEPS = 16;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    private final AtomicReference<LearningSettings> settings =
            new AtomicReference<>(new LearningSettings(1, 1, LearningRules.DEFAULT));

    @SuppressWarnings("NullAway.Init")
    private PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private VideoPipeline pipeline;

    @SuppressWarnings("NullAway.Init")
    private IdleLearning idle;

    private EvidenceStore store = new MemoryEvidenceStore(ShippedCalibrations.packaged());

    @BeforeEach
    void open() {
        open(store);
    }

    private void open(EvidenceStore calibrations) {
        store = calibrations;
        idle = new IdleLearning(calibrations, settings::get, InstantSource.system());
        catalog = PairCatalog.open(
                folder, Optional.empty(), Profiles.open(Optional.empty(), "balanced"), calibrations, idle);
        pipeline = catalog.find("digits").orElseThrow();
    }

    /** The same models in a service that knows nothing about them. */
    private void reopenUnknown() {
        close();
        open(new MemoryEvidenceStore(ShippedCalibrations.in(folder)));
    }

    @AfterEach
    void close() {
        idle.close();
        catalog.close();
    }

    private GeneratedVideo generate(VideoOptions options) {
        return pipeline.generate(pipeline.resolve(options), PipelineListener.NONE);
    }

    private static VideoOptions options(int seed) {
        return VideoOptions.of(PROMPT).withSteps(STEPS).withSeed(seed);
    }

    private PairEvidence known() {
        return store.find("digits").orElseThrow();
    }

    private long requests() {
        return known().buckets()
                .getOrDefault("guidance-4.0", BucketEvidence.NONE)
                .requests();
    }

    private static boolean never() {
        return false;
    }

    @Test
    void probesOfAFinishedVideoAreLearned() {
        reopenUnknown();
        VideoReport report = generate(options(1)).report();
        assertTrue(report.trace().count('P') > 0);
        assertEquals(1, requests());
        assertEquals(32, known().fingerprint().length());
    }

    @Test
    void howLargesVelocityChangesIsLearnedFromEachAdaptiveVideo() {
        long before = changes();
        VideoReport report = generate(options(1).withQuality(0.2)).report();
        assertTrue(report.trace().count('R') > 0);
        assertTrue(changes() > before);
    }

    private long changes() {
        return known().buckets().getOrDefault("guidance-4.0", BucketEvidence.NONE).bins().stream()
                .mapToLong(BucketEvidence.Bin::changes)
                .sum();
    }

    @Test
    void videoWithoutProbesTeachesNothing() {
        PairEvidence before = known();
        generate(options(1).withSchedule("LSL"));
        assertEquals(before, known());
    }

    @Test
    void servedRequestsTeachAnUnknownPair() {
        reopenUnknown();
        VideoReport first = generate(options(1)).report();
        assertEquals(PairState.COLD, first.pairState());
        assertTrue(first.trace().count('P') > 0, first.trace().schedule());
        assertEquals(0, first.trace().count('S'));
        assertEquals(PairState.LEARNING, pipeline.state());
        assertEquals(PairState.LEARNING, generate(options(2)).report().pairState());
        assertEquals(2, requests());
    }

    @Test
    void twinRunsInIdleTimeTeachAnUnknownPair() {
        reopenUnknown();
        assertEquals(PairState.COLD, pipeline.state());
        generate(options(1).withSchedule("LSL"));
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(PairState.LEARNING, pipeline.state());
        List<TwinRun> twins = known().twins();
        assertEquals(19, twins.size());
        assertEquals(STEPS, twins.get(8).cheap().size(), "SMALL alone follows the eighths");
        twins.forEach(twin -> assertTrue(twin.deviation() > 0, twin.toString()));
        assertEquals(Optional.empty(), idle.learnOnce(LearningTest::never), "each video teaches once");
    }

    @Test
    void lessonThatIsInterruptedTeachesWhatItHasMeasured() {
        reopenUnknown();
        generate(options(1).withSchedule("LSL"));
        AtomicInteger asked = new AtomicInteger();
        // LARGE alone, the first eighth from its first step, and a bit of the second
        assertTrue(idle.learnOnce(() -> asked.incrementAndGet() > 2 * STEPS + 2).isPresent());
        assertEquals(1, known().twins().size());
        assertEquals(1, requests());
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(19, known().twins().size());
        assertEquals(1, requests(), "the readings are learned once");
    }

    @Test
    void bucketThatIsNotAdaptiveGetsALessonBesideOneThatIs() {
        generate(options(3).withQuality(0.2));
        generate(options(4).withGuidance(1));
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(List.of(), known().audits());
        assertEquals(1, known().twins().get(0).conditions().guidance());
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(1, known().audits().size());
        assertEquals(Optional.empty(), idle.learnOnce(LearningTest::never));
    }

    @Test
    void bucketWhoseLessonsComeToNothingIsNotTriedWithoutEnd() throws IOException {
        close();
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        Path broken = PairCopies.copy(pairs, "broken");
        PairCopies.edit(broken.resolve("pair.yaml"), "id: digits", "id: broken");
        PairCopies.poison(broken.resolve("small"));
        store = new MemoryEvidenceStore(ShippedCalibrations.packaged());
        idle = new IdleLearning(store, settings::get, InstantSource.system());
        catalog =
                PairCatalog.open(folder, Optional.of(pairs), Profiles.open(Optional.empty(), "balanced"), store, idle);
        pipeline = catalog.find("broken").orElseThrow();
        List<Integer> triedAt = new ArrayList<>();
        for (int video = 1; video <= 12; video++) {
            generate(options(video).withSteps(2).withSchedule("LLL"));
            while (idle.learnOnce(LearningTest::never).isPresent()) {
                triedAt.add(video);
            }
        }
        assertEquals(List.of(1, 2, 5, 12), triedAt);
        assertEquals(Optional.empty(), store.find("broken").filter(known -> !known.twins()
                .isEmpty()));
    }

    @Test
    void auditOfAnAdaptiveVideoMeasuresItsTrueDeviation() {
        VideoRequest request = pipeline.resolve(options(3).withQuality(0.2));
        VideoReport report = pipeline.generate(request, PipelineListener.NONE).report();
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        Audit audit = known().audits().get(0);
        assertEquals(report.promisedDeviation().orElseThrow(), audit.promised());
        assertEquals(report.predictedDeviation().orElseThrow(), audit.predicted());
        String letters = report.trace().schedule().replace('P', 'L');
        try (Rehearsal rehearsal = pipeline.rehearse(request, List.of(letters), false)) {
            assertTrue(rehearsal.advance(LearningTest::never));
            assertEquals(rehearsal.result().replays().get(0).deviation().orElseThrow(), audit.actual());
        }
        assertTrue(audit.actual() > 0);
    }

    @Test
    void onlyTheShareOfVideosIsAudited() {
        settings.set(new LearningSettings(1, 0.5, LearningRules.DEFAULT));
        for (int seed = 0; seed < 4; seed++) {
            generate(options(seed).withSteps(8).withQuality(0));
        }
        int audits = 0;
        while (idle.learnOnce(LearningTest::never).isPresent()) {
            audits++;
        }
        assertEquals(2, audits);
        assertEquals(2, known().audits().size());
    }

    @Test
    void videoThatCannotFailIsNotAudited() {
        generate(options(1).withQuality(1));
        generate(options(1).withSchedule("LLL"));
        assertEquals(Optional.empty(), idle.learnOnce(LearningTest::never));
    }

    @Test
    void givesWayBetweenTwoStepsAndGoesOnLater() {
        generate(options(3).withQuality(0.2));
        AtomicInteger asked = new AtomicInteger();
        int calls = 0;
        while (known().audits().isEmpty()) {
            asked.set(0);
            // the first question comes before anything is done, the second after one step
            Optional<Duration> spent = idle.learnOnce(() -> asked.incrementAndGet() > 1);
            assertTrue(spent.isPresent() && asked.get() <= 3, "asked " + asked);
            calls++;
        }
        assertTrue(calls > STEPS, calls + " calls");
        assertEquals(Optional.empty(), idle.learnOnce(() -> true));
    }

    @Test
    void budgetIsKeptAndWhatWasBegunWaits() {
        settings.set(new LearningSettings(0.05, 1, LearningRules.DEFAULT));
        generate(options(3).withQuality(0.2));
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(Optional.empty(), idle.learnOnce(LearningTest::never));
        assertEquals(List.of(), known().audits());
        settings.set(new LearningSettings(1, 1, LearningRules.DEFAULT));
        assertTrue(idle.learnOnce(LearningTest::never).isPresent());
        assertEquals(1, known().audits().size());
    }

    @Test
    void nothingIsLearnedAfterTheEnd() {
        generate(options(3).withQuality(0.2));
        idle.learnOnce(() -> false);
        idle.close();
        assertEquals(Optional.empty(), idle.learnOnce(LearningTest::never));
    }

    @Test
    void failingStoreFailsNoVideo() {
        GeneratedVideo healthy = generate(options(5).withQuality(0.2));
        close();
        FailingStore failing = new FailingStore();
        open(failing);
        failing.fails = true;
        GeneratedVideo video = generate(options(5).withQuality(0.2));
        assertEquals(healthy.report().trace().schedule(), video.report().trace().schedule());
        assertArrayEquals(healthy.frames().rgb(), video.frames().rgb());
        assertEquals(PairState.ADAPTIVE, pipeline.state());
        assertTrue(failing.failures > 1);
    }

    private static final class FailingStore implements EvidenceStore {
        private final EvidenceStore healthy = new MemoryEvidenceStore(ShippedCalibrations.packaged());
        private boolean fails;
        private int failures;

        private void fail() {
            if (fails) {
                failures++;
                throw new IllegalStateException("the database is away");
            }
        }

        @Override
        public Optional<PairEvidence> find(String pair) {
            fail();
            return healthy.find(pair);
        }

        @Override
        public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
            fail();
            return healthy.update(pair, change);
        }

        @Override
        public void replace(String pair, PairEvidence knowledge) {
            fail();
        }

        @Override
        public void forget(String pair) {
            fail();
        }
    }
}
