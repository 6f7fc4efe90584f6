package io.flowblend.api.observe;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.Transition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;

/** Tells in log and metrics what changes in a store: a pair's states with their evidence, and audited promises. */
public final class ObservedCalibrations implements EvidenceStore {
    private static final Logger LOG = Logger.getLogger(ObservedCalibrations.class);

    private final EvidenceStore store;
    private final MeterRegistry registry;

    public ObservedCalibrations(EvidenceStore store, MeterRegistry registry) {
        this.store = store;
        this.registry = registry;
    }

    @Override
    public Optional<PairEvidence> find(String pair) {
        return store.find(pair);
    }

    @Override
    public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
        List<PairEvidence> before = new ArrayList<>();
        PairEvidence after = store.update(pair, known -> {
            before.add(known);
            return change.apply(known);
        });
        tell(before.get(before.size() - 1), after);
        return after;
    }

    @Override
    public void replace(String pair, PairEvidence knowledge) {
        Optional<PairState> before = state(pair);
        store.replace(pair, knowledge);
        tellByHand(pair, before, "imported");
    }

    @Override
    public void forget(String pair) {
        Optional<PairState> before = state(pair);
        store.forget(pair);
        tellByHand(pair, before, "forgotten");
    }

    /** Empty if what is stored cannot be read, which must not keep it from being replaced. */
    private Optional<PairState> state(String pair) {
        try {
            return Optional.of(store.find(pair).map(PairEvidence::state).orElse(PairState.COLD));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The evidence of what an operator did is that it was done. */
    private void tellByHand(String pair, Optional<PairState> before, String cause) {
        Optional<PairState> after = state(pair);
        count(pair, after.map(ObservedCalibrations::lower).orElse("unknown"), cause);
        log(
                pair,
                String.format(
                        "pair %s: %s -> %s, cause=%s",
                        pair,
                        before.map(PairState::name).orElse("unreadable"),
                        after.map(PairState::name).orElse("unreadable"),
                        cause));
    }

    private void tell(PairEvidence before, PairEvidence after) {
        added(before.history(), after.history()).forEach(transition -> tell(after.pair(), transition));
        for (Audit audit : added(before.audits(), after.audits())) {
            Counter.builder("flowblend.promises")
                    .description("Audited videos by whether they ended within the deviation that was promised")
                    .tag("pair", after.pair())
                    .tag("outcome", audit.kept() ? "kept" : "broken")
                    .register(registry)
                    .increment();
        }
    }

    private void tell(String pair, Transition transition) {
        count(pair, lower(transition.to()), lower(transition.cause()));
        log(
                pair,
                String.format(
                        Locale.ROOT,
                        "pair %s, %s: %s -> %s, cause=%s source=%s statistic=%.4g limit=%.4g requests=%d samples=%d audits=%d",
                        pair,
                        transition.bucket(),
                        transition.from(),
                        transition.to(),
                        lower(transition.cause()),
                        transition.source().map(ObservedCalibrations::lower).orElse("none"),
                        transition.statistic(),
                        transition.limit(),
                        transition.requests(),
                        transition.promiseSamples(),
                        transition.audits()));
    }

    private void count(String pair, String to, String cause) {
        Counter.builder("flowblend.pair.transitions")
                .description("Changes of a pair's state by the rule that led to them; the log has the evidence")
                .tag("pair", pair)
                .tag("to", to)
                .tag("cause", cause)
                .register(registry)
                .increment();
    }

    @SuppressWarnings("try") // the fields are there for the record that is written before they are closed
    private static void log(String pair, String line) {
        try (LogFields fields = LogFields.of(pair)) {
            LOG.info(line);
        }
    }

    /** What a change appended to a list whose oldest entries may have made room. */
    private static <T> List<T> added(List<T> before, List<T> after) {
        int kept = Math.min(before.size(), after.size());
        while (kept > 0 && !before.subList(before.size() - kept, before.size()).equals(after.subList(0, kept))) {
            kept--;
        }
        return after.subList(kept, after.size());
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
