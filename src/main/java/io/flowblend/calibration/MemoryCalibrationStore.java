package io.flowblend.calibration;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Knowledge for as long as the process lives, beginning with what was shipped. */
public final class MemoryCalibrationStore implements CalibrationStore {
    private final ShippedCalibrations shipped;
    private final Map<String, PairKnowledge> learned = new ConcurrentHashMap<>();

    public MemoryCalibrationStore(ShippedCalibrations shipped) {
        this.shipped = shipped;
    }

    @Override
    public Optional<PairKnowledge> find(String pair) {
        return Optional.ofNullable(learned.get(pair)).or(() -> shipped.knowledge(pair));
    }

    @Override
    public PairKnowledge update(String pair, UnaryOperator<PairKnowledge> change) {
        return learned.compute(pair, (id, known) -> {
            PairKnowledge before =
                    known != null ? known : shipped.knowledge(id).orElseGet(() -> PairKnowledge.unknown(id, ""));
            return change.apply(before);
        });
    }

    @Override
    public void replace(String pair, PairKnowledge knowledge) {
        learned.put(pair, knowledge);
    }

    @Override
    public void forget(String pair) {
        learned.remove(pair);
    }
}
