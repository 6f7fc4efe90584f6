package io.flowblend.api.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.PromiseSample;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.evidence.Transition;
import io.flowblend.evidence.Transition.Cause;
import io.flowblend.model.pair.BuiltInPair;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every change of a pair's state leaves its evidence in the history, in one line of the log and in the metrics. */
class ObservedCalibrationsTest {
    private static final String PAIR = "fresh";
    private static final Conditions CONDITIONS = new Conditions(4, 40, "unipc", 4096, 17, false);
    private static final LearningRules RULES = LearningRules.DEFAULT;
    private static final List<Double> SIGMAS =
            IntStream.rangeClosed(0, 40).mapToObj(step -> 1 - step / 40.0).toList();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EvidenceStore store =
            new ObservedCalibrations(new MemoryEvidenceStore(ShippedEvidence.packaged()), registry);
    private final LogCapture log = LogCapture.of(ObservedCalibrations.class.getName());
    private int now;

    @AfterEach
    void endCapture() {
        log.close();
    }

    @Test
    void everyRulesTransitionIsInHistoryLogAndMetrics() {
        becomeAdaptive();
        for (int i = 0; i < 60; i++) {
            read(0.5 + 0.01 * (i % 3));
        }
        for (int i = 0; i < 40 && state() == PairState.ADAPTIVE; i++) {
            read(2.5);
        }
        assertEquals(PairState.DRIFTED, state());
        becomeAdaptive();
        for (int i = 0; i < 40; i++) {
            audit(0.2);
        }
        for (int i = 0; i < 60 && state() == PairState.ADAPTIVE; i++) {
            audit(1.8);
        }
        learn(known -> known.boundTo("other weights", ++now));
        assertEquals(PairState.COLD, state());

        List<Transition> history = store.find(PAIR).orElseThrow().history();
        assertEquals(EnumSet.allOf(Cause.class), causes(history));
        assertEquals(history.size(), log.lines().size(), "one line each");
        for (int i = 0; i < history.size(); i++) {
            Transition transition = history.get(i);
            LogCapture.Line line = log.lines().get(i);
            assertEquals("pair=" + PAIR, line.fields());
            assertTrue(
                    line.text()
                            .startsWith("pair fresh, guidance-4.0: " + transition.from() + " -> " + transition.to()
                                    + ", cause=" + lower(transition.cause()) + " source="
                                    + transition
                                            .source()
                                            .map(ObservedCalibrationsTest::lower)
                                            .orElse("none") + " statistic="),
                    line.text());
            assertTrue(
                    line.text()
                            .endsWith(" requests=" + transition.requests() + " samples=" + transition.promiseSamples()
                                    + " audits=" + transition.audits()),
                    line.text());
        }
        for (Cause cause : Cause.values()) {
            long times = history.stream().filter(t -> t.cause() == cause).count();
            assertEquals(times, counted("flowblend.pair.transitions", "cause", lower(cause)), cause.name());
        }
    }

    @Test
    void auditedPromisesAreCounted() {
        audit(0.2);
        audit(0.3);
        audit(1.8);
        assertEquals(2, counted("flowblend.promises", "outcome", "kept"));
        assertEquals(1, counted("flowblend.promises", "outcome", "broken"));
    }

    @Test
    void whatAnOperatorDoesIsInLogAndMetricsToo() {
        PairEvidence shipped = store.find(BuiltInPair.ID).orElseThrow();
        store.replace(BuiltInPair.ID, PairEvidence.unknown(BuiltInPair.ID, ""));
        store.replace(BuiltInPair.ID, shipped);
        store.forget(BuiltInPair.ID);
        assertEquals(
                List.of(
                        "pair " + BuiltInPair.ID + ": ADAPTIVE -> COLD, cause=imported",
                        "pair " + BuiltInPair.ID + ": COLD -> ADAPTIVE, cause=imported",
                        "pair " + BuiltInPair.ID + ": ADAPTIVE -> ADAPTIVE, cause=forgotten"),
                log.lines().stream().map(LogCapture.Line::text).toList());
        assertEquals(2, counted("flowblend.pair.transitions", "cause", "imported"));
        assertEquals(1, counted("flowblend.pair.transitions", "cause", "forgotten"));
    }

    @Test
    void whatCannotBeReadCanStillBeReplaced() {
        EvidenceStore broken = new ObservedCalibrations(new Unreadable(), registry);
        broken.replace(PAIR, PairEvidence.unknown(PAIR, ""));
        assertEquals(
                List.of("pair fresh: unreadable -> unreadable, cause=imported"),
                log.lines().stream().map(LogCapture.Line::text).toList());
    }

    private void becomeAdaptive() {
        for (int i = 0; i < 17 + RULES.minSupport() && state() != PairState.ADAPTIVE; i++) {
            read(0.5 + 0.01 * (i % 3));
            learn(known -> known.learned(
                    List.of(),
                    List.of(new PromiseSample(
                            CONDITIONS.bucket(), new PromiseCurve.Sample(40, "RS", 0.2, 0.2 + 0.001 * now), ++now)),
                    now,
                    RULES));
        }
        assertEquals(PairState.ADAPTIVE, state());
    }

    private void read(double relativeL2) {
        List<AnchorReading> readings = new ArrayList<>();
        for (int step = 0; step < SIGMAS.size() - 1; step++) {
            double sigma = SIGMAS.get(step);
            readings.add(AnchorReading.plain(Source.SMALL, sigma, relativeL2 * relativeL2));
            if (step > 0) {
                double changed = 1 - 0.02 * relativeL2;
                readings.add(new AnchorReading(Source.REUSED, sigma, SIGMAS.get(step - 1), 1, changed, 0, 1, 0, 0));
            }
        }
        learn(known -> known.learned(new RequestReadings(CONDITIONS, SIGMAS, readings, List.of(), ++now), RULES));
    }

    private void audit(double actual) {
        learn(known -> known.learned(new Audit(CONDITIONS, "RS", 0.5, 0.2, actual, ++now), RULES));
    }

    private void learn(UnaryOperator<PairEvidence> lesson) {
        store.update(
                PAIR,
                known -> lesson.apply(
                        known.boundTo(known.fingerprint().isEmpty() ? "these" : known.fingerprint(), now)));
    }

    private PairState state() {
        return store.find(PAIR).map(PairEvidence::state).orElse(PairState.COLD);
    }

    private static Set<Cause> causes(List<Transition> history) {
        return history.stream()
                .map(Transition::cause)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Cause.class)));
    }

    private long counted(String name, String tag, String value) {
        return (long) registry.find(name).tag(tag, value).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** A store whose knowledge is damaged. */
    private static final class Unreadable implements EvidenceStore {
        @Override
        public Optional<PairEvidence> find(String pair) {
            throw new IllegalStateException("damaged");
        }

        @Override
        public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
            throw new IllegalStateException("damaged");
        }

        @Override
        public void replace(String pair, PairEvidence knowledge) {}

        @Override
        public void forget(String pair) {}
    }
}
