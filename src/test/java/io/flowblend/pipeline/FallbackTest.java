package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.control.Fallback;
import io.flowblend.control.Fallback.Cause;
import io.flowblend.control.Fallback.Target;
import io.flowblend.control.Move;
import io.flowblend.control.Promise;
import io.flowblend.control.Schedule;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.evidence.Transition;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.tuning.Profiles;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of the pair cannot decide: its stored profile does, and the report says why. */
class FallbackTest {
    /** The stored profile of the built-in pair in eight steps; some probed to learn, which LARGE advances. */
    private static final MemoryEvidenceStore STORE = new MemoryEvidenceStore(ShippedEvidence.packaged());

    @SuppressWarnings("NullAway.Init")
    private static Profiles profiles;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog catalog;

    @BeforeAll
    static void open(@TempDir Path folder) {
        profiles = Profiles.open(Optional.empty(), "balanced");
        catalog = PairCatalog.open(folder.resolve("data"), Optional.empty(), profiles, STORE, FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    @BeforeEach
    void asShipped() {
        STORE.forget(BuiltInPair.ID);
    }

    @Test
    void whenTheKnowledgeIsOfOtherWeights() {
        STORE.replace(BuiltInPair.ID, shipped().boundTo("of other weights", 1));
        assertEquals(PairState.DRIFTED, pipeline().state());
        assertFallsBack(Cause.STALE_FINGERPRINT, "balanced");

        List<Transition> history = STORE.find(BuiltInPair.ID).orElseThrow().history();
        assertTrue(
                history.stream().anyMatch(told -> told.cause() == Transition.Cause.STALE_FINGERPRINT),
                history::toString);
        assertEquals(PairState.LEARNING, pipeline().state());
    }

    @Test
    void whenThePairHasDrifted() {
        PairSpec.Sampling usual = pipeline().spec().sampling();
        Conditions conditions = new Conditions(usual.guidance(), usual.steps(), usual.solver(), 4096, 17, false);
        Audit audit = new Audit(conditions, "RS", 0.5, 0.4, 0.3, 1);
        String learned = EvidenceJson.write(shipped().learned(audit, LearningRules.DEFAULT));
        assertTrue(learned.contains("\"adaptive\""), learned);
        String drifted = learned.replace("\"adaptive\"", "\"drifted\"");
        STORE.replace(
                BuiltInPair.ID,
                EvidenceJson.read("drifted.json", new ByteArrayInputStream(drifted.getBytes(StandardCharsets.UTF_8))));
        assertEquals(PairState.DRIFTED, pipeline().state());
        assertFallsBack(Cause.DRIFT, "balanced");
    }

    @Test
    void whenFewerStepsAreAskedForThanWereMeasured() {
        VideoReport report = report("balanced", 3);
        assertEquals(
                Optional.of(new Fallback(Cause.TOO_FEW_SAMPLES, 0, Target.LARGE)),
                report.trace().fallback());
        assertEquals("LLL", report.trace().letters(), "no probes: it is no slower than LARGE alone");
        assertEquals(Optional.of(Promise.EXACT), report.promise());
    }

    @Test
    void whenMoreStepsAreAskedForThanArePlanned() {
        VideoRequest request =
                pipeline().resolve(VideoOptions.of("a blue two moves up slowly").withSteps(1000));
        PlannedQuality planned = pipeline().plan(request, List.of(0.3)).get(0);
        assertTrue(Schedule.ofLetters(planned.schedule()).isLarge(), planned.schedule());
        assertEquals(Optional.of(Promise.EXACT), planned.promise());
    }

    private static VideoReport report(String profile, int steps) {
        VideoRequest request = pipeline()
                .resolve(VideoOptions.of("a blue two moves up slowly")
                        .withSteps(steps)
                        .withSeed(7)
                        .withQuality(0.3)
                        .withProfile(profile));
        return pipeline().generate(request, PipelineListener.NONE).orElseThrow().report();
    }

    private static void assertFallsBack(Cause cause, String profile) {
        VideoReport report = report(profile, 8);
        assertEquals(
                Optional.of(new Fallback(cause, 0, Target.LARGE)),
                report.trace().fallback());
        assertTrue(report.trace().schedule().isLarge(), report.trace().letters());
        assertTrue(report.trace().count(Move.PROBE) > 0, report.trace().letters());
        assertEquals(Optional.of(Promise.EXACT), report.promise());
    }

    private static VideoPipeline pipeline() {
        return catalog.find(BuiltInPair.ID).orElseThrow();
    }

    private static PairEvidence shipped() {
        return ShippedEvidence.packaged().find(BuiltInPair.ID).orElseThrow();
    }
}
