package io.flowblend.evidence;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Knowledge for as long as the process lives, beginning with what was shipped. */
public final class MemoryEvidenceStore implements EvidenceStore {
    private final ShippedCalibrations shipped;
    private final Map<String, PairEvidence> learned = new ConcurrentHashMap<>();

    public MemoryEvidenceStore(ShippedCalibrations shipped) {
        this.shipped = shipped;
    }

    @Override
    public Optional<PairEvidence> find(String pair) {
        return Optional.ofNullable(learned.get(pair)).or(() -> shipped.knowledge(pair));
    }

    @Override
    public PairEvidence update(String pair, UnaryOperator<PairEvidence> change) {
        return learned.compute(pair, (id, known) -> {
            PairEvidence before =
                    known != null ? known : shipped.knowledge(id).orElseGet(() -> PairEvidence.unknown(id, ""));
            return change.apply(before);
        });
    }

    @Override
    public void replace(String pair, PairEvidence knowledge) {
        learned.put(pair, knowledge);
    }

    @Override
    public void forget(String pair) {
        learned.remove(pair);
    }
}
