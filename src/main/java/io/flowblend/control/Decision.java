package io.flowblend.control;

import java.util.Optional;

/**
 * What a step does, and why.
 *
 * @param move what the step does
 * @param gain factor on the unknown part of the move's source at its anchor (see {@code Source}); 0 for LARGE
 * @param slopeShare share of the anchor's slope that is followed, 0..1; 0 for LARGE
 * @param reason why
 * @param comparison what was compared to decide, where anything was
 * @param fallback the fallback that the request is under, if any
 */
public record Decision(
        Move move,
        double gain,
        double slopeShare,
        Reason reason,
        Optional<Comparison> comparison,
        Optional<Fallback> fallback) {
    /**
     * A figure and what it was compared with. The cheaper move was taken if and only if the figure was below the threshold.
     *
     * @param letter of the cheaper move that was taken or not
     * @param figure predicted residual of that move's source, relative L2, uncertainty included; for CEILING the
     *     predicted divergence
     * @param threshold at which the choice would flip, 0 and up; may be infinite
     */
    public record Comparison(char letter, double figure, double threshold) {
        /** Whether the cheaper move is to be taken. */
        public boolean allows() {
            return figure < threshold;
        }
    }

    public Decision {
        if (!Double.isFinite(gain) || !(slopeShare >= 0 && slopeShare <= 1)) {
            throw new IllegalArgumentException(
                    "gain must be finite and slopeShare in 0..1, not " + gain + ", " + slopeShare);
        }
    }

    /** A move that predicts nothing, or takes the unknown part as zero. */
    public static Decision of(Move move, Reason reason) {
        return new Decision(move, 0, 0, reason, Optional.empty(), Optional.empty());
    }

    public static Decision large(Reason reason) {
        return of(Move.LARGE, reason);
    }

    public static Decision probe(Reason reason) {
        return of(Move.PROBE, reason);
    }

    /** The same, predicting the unknown part with a gain and a share of its slope. */
    public Decision predicting(double newGain, double newSlopeShare) {
        return new Decision(move, newGain, newSlopeShare, reason, comparison, fallback);
    }

    /** The same, with what was compared. */
    public Decision comparing(Comparison compared) {
        return new Decision(move, gain, slopeShare, reason, Optional.of(compared), fallback);
    }

    /** The same under a fallback. */
    public Decision under(Fallback newFallback) {
        return new Decision(move, gain, slopeShare, reason, comparison, Optional.of(newFallback));
    }

    /** Another move and reason for the step; comparison and fallback stay. */
    public Decision insteadOf(Move newMove, Reason newReason) {
        return new Decision(newMove, 0, 0, newReason, comparison, fallback);
    }

    /** L, S, R, G, or P for a probe. */
    public char letter() {
        return move.letter();
    }
}
