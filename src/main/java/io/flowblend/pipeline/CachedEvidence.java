package io.flowblend.pipeline;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.RequestReadings;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a pipeline knows of its pair: what the store says or, while the store fails, what it said last. So a failing store
 * costs lessons, never a video.
 */
final class CachedEvidence {
    private static final System.Logger LOG = System.getLogger(CachedEvidence.class.getName());

    private final EvidenceStore store;
    private final String pair;
    private final String fingerprint;
    private volatile Optional<PairEvidence> last;

    /**
     * @param fingerprint of the models as loaded
     * @throws io.flowblend.file.InvalidFileException if what is stored cannot be used
     */
    CachedEvidence(EvidenceStore store, String pair, String fingerprint) {
        this.store = store;
        this.pair = pair;
        this.fingerprint = fingerprint;
        this.last = store.find(pair);
    }

    Optional<PairEvidence> now() {
        try {
            last = store.find(pair);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "what is known about " + pair + " cannot be read; the last is used",
                    e);
        }
        return last;
    }

    /** DRIFTED if the knowledge is of other models. */
    PairState state() {
        return now().map(known -> known.fits(fingerprint) ? known.state() : PairState.DRIFTED)
                .orElse(PairState.COLD);
    }

    /** Takes in what one finished request told. */
    void learn(RequestReadings readings, LearningRules rules) {
        if (!readings.probes().isEmpty() || !readings.changes().isEmpty()) {
            learn(readings.at(), known -> known.learned(readings, rules));
        }
    }

    /**
     * Changes what is known.
     *
     * @param at when, seconds since 1970
     * @param lesson is given what is known of the models as loaded
     */
    void learn(long at, UnaryOperator<PairEvidence> lesson) {
        try {
            last = Optional.of(store.update(pair, known -> lesson.apply(known.boundTo(fingerprint, at))));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a lesson about " + pair + " is lost: it could not be stored", e);
        }
    }
}
