package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.agroal.api.AgroalDataSource;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.PromiseSample;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.evidence.TwinRun;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.BuiltInPair;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseCalibrationsTest {
    private static final Conditions CONDITIONS = new Conditions(4, 3, "unipc", 4096, 17, false);
    private static final LearningRules RULES = LearningRules.DEFAULT;

    @SuppressWarnings("NullAway.Init")
    private AgroalDataSource pool;

    @SuppressWarnings("NullAway.Init")
    private DatabaseCalibrations store;

    @BeforeEach
    void open(@TempDir Path folder) {
        pool = DatabaseFile.open(folder);
        store = another();
    }

    @AfterEach
    void close() {
        pool.close();
    }

    /** As another worker on the same database. */
    private DatabaseCalibrations another() {
        return new DatabaseCalibrations(pool, ShippedEvidence.packaged(), Clock.systemUTC());
    }

    @Test
    void beginsWithWhatWasShipped() {
        assertEquals(
                PairState.ADAPTIVE,
                store.find(BuiltInPair.ID).map(PairEvidence::state).orElseThrow());
        assertEquals(Optional.empty(), store.find("nobody"));
    }

    @Test
    void keepsEverythingThatIsKnownWordForWord() {
        PairEvidence learned = store.update("mine", known -> known.boundTo("abc", 1)
                .learned(reading(0.5), RULES)
                .learned(
                        List.of(new TwinRun(
                                CONDITIONS, List.of(new TwinRun.Step(Source.SMALL, 0.5, 0.25, 1.0 / 3)), 0.1, 7)),
                        List.of(new PromiseSample(
                                CONDITIONS.bucket(), new PromiseCurve.Sample(40, "RS", 0.1, 0.12), 7)),
                        7,
                        RULES)
                .learned(new Audit(CONDITIONS, "RS", 0.5, 0.25, 0.3, 8), RULES));
        PairEvidence again = store.update(BuiltInPair.ID, known -> known.learned(reading(0.4), RULES));

        assertEquals(Optional.of(learned), another().find("mine"));
        assertEquals(Optional.of(again), another().find(BuiltInPair.ID));
        assertTrue(!learned.history().isEmpty());
    }

    @Test
    void mergesWhatManyWorkersLearnAtTheSameTime() throws Exception {
        int workers = 4;
        int requests = 25;
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                DatabaseCalibrations own = another();
                all.add(threads.submit(() -> {
                    for (int request = 0; request < requests; request++) {
                        own.update("mine", known -> known.learned(reading(0.5), RULES));
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
        PairEvidence known = store.find("mine").orElseThrow();
        assertEquals(100, requests(known));
    }

    @Test
    void seesAtOnceWhatAnotherWorkerLearned() {
        DatabaseCalibrations other = another();
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        assertEquals(store.find("mine"), other.find("mine"));
        other.update("mine", known -> known.learned(reading(0.6), RULES));
        assertEquals(other.find("mine"), store.find("mine"));
    }

    @Test
    void forgetsWhatWasLearnedButNotWhatWasShipped() {
        Optional<PairEvidence> shipped = store.find(BuiltInPair.ID);
        store.update(BuiltInPair.ID, known -> known.learned(reading(0.5), RULES));
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        assertNotEquals(shipped, store.find(BuiltInPair.ID));

        store.forget(BuiltInPair.ID);
        store.forget("mine");
        assertEquals(shipped, another().find(BuiltInPair.ID));
        assertEquals(Optional.empty(), store.find("mine"));
        store.forget("never heard of");
        assertEquals(Optional.empty(), store.find("never heard of"));
    }

    @Test
    void doesNotLetAWorkerBringBackWhatWasForgottenMeanwhile() {
        DatabaseCalibrations other = another();
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        PairEvidence last = store.update("mine", known -> {
            if (!known.buckets().isEmpty()) {
                other.forget("mine");
                other.update("mine", nothing -> nothing);
            }
            return known.learned(reading(0.6), RULES);
        });
        assertEquals(1, requests(last));
    }

    @Test
    void putsAnImportInThePlaceOfWhatWasKnown() {
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        PairEvidence imported = PairEvidence.unknown("mine", "elsewhere");
        store.replace("mine", imported);
        assertEquals(Optional.of(imported), another().find("mine"));
    }

    @Test
    void refusesACorruptRowByNameAndFieldUntilItIsForgotten() {
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        corrupt("replace(knowledge, '\"history\"', '\"story\"')");
        assertTrue(problem().contains("calibrations row 'mine'") && problem().contains("story"), problem());
        corrupt("'{\"pair\"'");
        assertTrue(problem().contains("calibrations row 'mine'"), problem());
        assertThrows(InvalidFileException.class, () -> store.update("mine", known -> known));

        store.forget("mine");
        assertEquals(Optional.empty(), store.find("mine"));
    }

    @Test
    void refusesTheRowOfAnotherPair() {
        store.update("mine", known -> known.learned(reading(0.5), RULES));
        corrupt("replace(knowledge, '\"mine\"', '\"yours\"')");
        assertTrue(problem().contains("'pair' must be 'mine', not 'yours'"), problem());
    }

    private void corrupt(String value) {
        new Jdbc(pool).update("update calibrations set version = version + 1, knowledge = " + value);
    }

    private String problem() {
        return String.valueOf(assertThrows(InvalidFileException.class, () -> store.find("mine"))
                .getMessage());
    }

    private static long requests(PairEvidence known) {
        return known.buckets().values().stream()
                .mapToLong(BucketEvidence::requests)
                .sum();
    }

    private static RequestReadings reading(double relativeL2) {
        return new RequestReadings(
                CONDITIONS,
                List.of(1.0, 0.6, 0.3, 0.0),
                List.of(AnchorReading.plain(Source.SMALL, 0.6, relativeL2 * relativeL2)),
                List.of(new RequestReadings.Probe(0.6, new VelocityDivergence(0.1, relativeL2, 3))),
                1_800_000_000);
    }
}
