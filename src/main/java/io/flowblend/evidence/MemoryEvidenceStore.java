package io.flowblend.evidence;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Evidence for as long as the process lives, beginning with what was shipped. */
public final class MemoryEvidenceStore implements EvidenceStore {
    private final ShippedEvidence shipped;
    private final Map<String, PairEvidence> learned = new ConcurrentHashMap<>();

    public MemoryEvidenceStore(ShippedEvidence shipped) {
        this.shipped = shipped;
    }

    @Override
    public Optional<PairEvidence> find(String pair) {
        return Optional.ofNullable(learned.get(pair)).or(() -> shipped.find(pair));
    }

    @Override
    public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
        return learned.compute(pair, (id, known) -> {
            PairEvidence before =
                    known != null ? known : shipped.find(id).orElseGet(() -> PairEvidence.unknown(id, ""));
            return change.apply(before);
        });
    }

    @Override
    public void replace(String pair, PairEvidence evidence) {
        learned.put(pair, evidence);
    }

    @Override
    public void forget(String pair) {
        learned.remove(pair);
    }
}
