package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.PipelineListener;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoOptions;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in pair as one that nothing is known about, and what serving and idle time teach about it. */
class LearningTest {
    private static final int STEPS = 8;
    private static final LearningRules RULES = new LearningRules(2, 4, 256, 12);

    private final AtomicReference<LearningSettings> settings = new AtomicReference<>(new LearningSettings(1, 1, RULES));

    @SuppressWarnings("NullAway.Init")
    private EvidenceStore store;

    @SuppressWarnings("NullAway.Init")
    private PairCatalog catalog;

    @SuppressWarnings("NullAway.Init")
    private VideoPipeline pipeline;

    @SuppressWarnings("NullAway.Init")
    private IdleLearning idle;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        store = new MemoryEvidenceStore(ShippedEvidence.in(folder));
        idle = new IdleLearning(store, settings::get, InstantSource.system());
        Path profiles = Files.createDirectories(folder.resolve("profiles"));
        Files.writeString(
                profiles.resolve("eager.yaml"),
                "extends: balanced\nmin-samples: 2\nmin-support: 4\nhead: 0\nuncertainty: 0\n");
        catalog =
                PairCatalog.open(folder, Optional.empty(), Profiles.open(Optional.of(profiles), "eager"), store, idle);
        pipeline = catalog.find(BuiltInPair.ID).orElseThrow();
    }

    @AfterEach
    void close() {
        idle.close();
        catalog.close();
    }

    private VideoReport generate(int seed, double quality) {
        VideoOptions options = VideoOptions.of("a green two moves right fast")
                .withSteps(STEPS)
                .withSeed(seed)
                .withQuality(quality);
        return pipeline.generate(pipeline.resolve(options), PipelineListener.NONE)
                .orElseThrow()
                .report();
    }

    private PairEvidence known() {
        return store.find(BuiltInPair.ID).orElseThrow();
    }

    private void learnUntilAdaptive() {
        for (int seed = 1; pipeline.state() != PairState.ADAPTIVE; seed++) {
            assertTrue(seed < 12, "still " + pipeline.state());
            generate(seed, 0.3);
            idle.learnOnce(() -> false);
        }
    }

    @Test
    void unknownPairIsServedByLargeWithProbesAndLearnedFromThem() {
        VideoReport first = generate(1, 0.3);
        assertEquals(PairState.COLD, first.pairState());
        assertTrue(first.trace().schedule().isLarge(), first.trace().letters());
        assertTrue(first.trace().count(Move.PROBE) > 0, first.trace().letters());
        assertEquals(
                Fallback.Cause.NOT_CALIBRATED,
                first.trace().fallback().orElseThrow().cause());
        assertEquals(PairState.LEARNING, pipeline.state());
        assertEquals(32, known().fingerprint().length());
    }

    @Test
    void samplesInIdleTimeMakeThePairAdaptiveAndAuditsCheckItsPromises() {
        learnUntilAdaptive();
        assertFalse(known().twins().isEmpty());
        assertFalse(known().promises().isEmpty());

        VideoReport served = generate(100, 0.2);
        assertTrue(served.trace().fallback().isEmpty(), served.trace().letters());
        assertFalse(served.trace().schedule().isLarge(), served.trace().letters());
        assertTrue(served.flops() < served.largeOnlyFlops());
        idle.learnOnce(() -> false);
        Audit audit = known().audits().get(0);
        assertEquals(served.promise().orElseThrow().deviation(), audit.promised());
        assertEquals(served.predictedDeviation().orElseThrow(), audit.predicted());
        assertTrue(audit.actual() > 0);
    }

    @Test
    void sampleThatGivesWayGoesOnWithTheNextCall() {
        generate(1, 0.3);
        int calls = 0;
        while (known().twins().isEmpty()) {
            int[] steps = new int[1];
            idle.learnOnce(() -> steps[0]++ > 2);
            assertTrue(calls++ < 1000, "it never ends");
        }
        assertTrue(calls > 3, calls + " calls");
    }

    @Test
    void nothingIsLearnedBeyondTheBudget() {
        settings.set(new LearningSettings(0, 1, RULES));
        generate(1, 0.3);
        assertTrue(idle.learnOnce(() -> false).isEmpty());
        assertTrue(known().twins().isEmpty());
    }
}
