package io.flowblend.evidence;

import io.flowblend.file.InvalidFileException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Where the evidence about the pairs is kept. Safe to use from several threads and, where it is shared, workers. */
public interface EvidenceStore {
    /**
     * What is known about a pair; empty if nothing is.
     *
     * @throws InvalidFileException if what is stored cannot be used; never half of it is returned
     */
    Optional<PairEvidence> find(String pair);

    /**
     * Changes what is known about a pair, as one step: no change of another worker gets lost.
     *
     * @param change is given what is known, {@link PairEvidence#unknown} if nothing is; may be called again after a
     *     conflict, so it must have no effect of its own
     * @return what is known now
     */
    PairEvidence update(String pair, UnaryOperator<PairEvidence> change);

    /** Puts an import in the place of what was known. */
    void replace(String pair, PairEvidence evidence);

    /** Forgets what was learned; what was shipped is there again. */
    void forget(String pair);
}
