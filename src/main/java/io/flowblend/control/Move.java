package io.flowblend.control;

import io.flowblend.calibration.Source;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a step does: the source of the velocity that advances it, and whether the step is a probe.
 *
 * @param source of the velocity; LARGE on a probe
 * @param probe whether SMALL runs beside LARGE, so that their divergence is measured and the correction is known
 */
public record Move(Source source, boolean probe) {
    public static final Move LARGE = new Move(Source.LARGE, false);
    public static final Move PROBE = new Move(Source.LARGE, true);

    /** Every move there is: LARGE, the probe, and one for each cheaper source. */
    public static final List<Move> ALL = Stream.concat(
                    Stream.of(LARGE, PROBE), Source.CHEAP.stream().map(Move::of))
            .toList();

    private static final char PROBE_LETTER = 'P';

    public Move {
        if (probe && source != Source.LARGE) {
            throw new IllegalArgumentException("a probe is advanced by the large velocity");
        }
    }

    /** The move of a source, without a probe. */
    public static Move of(Source source) {
        return new Move(source, false);
    }

    /** L, S, R, G, or P for a probe. */
    public char letter() {
        return probe ? PROBE_LETTER : source.letter();
    }

    /** Whether LARGE's velocity advances the step. */
    public boolean isLarge() {
        return source == Source.LARGE;
    }

    /** Whether the step makes a source's unknown part known. */
    public boolean renews(Source.Anchor anchor) {
        return switch (anchor) {
            case NONE -> false;
            case PROBE -> probe;
            case LARGE -> isLarge();
            case MODEL -> source.runsModel();
        };
    }

    /** @throws IllegalArgumentException if no move has the letter */
    public static Move ofLetter(char letter) {
        return letter == PROBE_LETTER ? PROBE : of(Source.ofLetter(letter));
    }

    /** One letter a move. */
    public static String letters(List<Move> moves) {
        return moves.stream().map(move -> String.valueOf(move.letter())).collect(Collectors.joining());
    }

    /** All letters, for messages. */
    static String letters() {
        return ALL.stream().map(move -> String.valueOf(move.letter())).collect(Collectors.joining(", "));
    }
}
