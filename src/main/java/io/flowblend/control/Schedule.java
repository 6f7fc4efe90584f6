package io.flowblend.control;

import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The moves of a run, one a step; written as one letter each: L, S, R, G, and P for a probe.
 *
 * @param moves at least one; a step that needs an anchor has one before it
 */
public record Schedule(List<Move> moves) {
    private static final int SEGMENTS = 8;
    private static final int SHOWN = 40;

    public Schedule {
        moves = List.copyOf(moves);
        if (moves.isEmpty()) {
            throw new IllegalArgumentException("a schedule has at least one step");
        }
        Move first = moves.get(0);
        if (!first.source().worksWithoutAnchor()) {
            throw new IllegalArgumentException(
                    "a schedule cannot begin with " + first.letter() + ", which goes on from a step before it");
        }
    }

    /** One letter a step. */
    public static Schedule ofLetters(String letters) {
        return new Schedule(
                letters.chars().mapToObj(letter -> Move.ofLetter((char) letter)).toList());
    }

    /** The same move at every step. */
    public static Schedule all(Move move, int steps) {
        return new Schedule(Collections.nCopies(steps, move));
    }

    /**
     * A schedule in words.
     *
     * @param text LLL, LSL, LSS, SLL or SSS (stages bounded by the pair's stored profile), a pattern over eight equal
     *     segments such as {@code LLLSSSSL}, or one letter for each step. A boundary inside a step makes the step SMALL, so
     *     only whole large steps count; but the first and the last step are always of the stage or segment that lies there.
     *     In a pattern over segments a digit 1 to 9 makes that many steps REUSED after each large one
     * @param steps of the run
     * @param profile bounds of the three stages
     * @throws IllegalArgumentException saying what was expected
     */
    public static Schedule parse(String text, int steps, StoredProfile profile) {
        String letters = text.toUpperCase(Locale.ROOT);
        if (letters.length() == steps && letters.matches("[LSPRG]+")) {
            return ofLetters(letters);
        }
        if (letters.matches("LLL|LSL|LSS|SLL|SSS")) {
            return stages(letters, steps, profile);
        }
        if (letters.matches("[LS1-9]{" + SEGMENTS + "}")) {
            List<Move> moves = new ArrayList<>();
            for (int step = 0; step < steps; step++) {
                moves.add(inSegments(letters, step, steps));
            }
            return new Schedule(moves);
        }
        String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
        throw new IllegalArgumentException(
                "a schedule is one of LLL, LSL, LSS, SLL, SSS, or 8 letters L, S or digits, or " + steps
                        + " letters of " + Move.letters() + " (one a step), not '" + shown + "'");
    }

    private static Schedule stages(String letters, int steps, StoredProfile profile) {
        int first = Math.max(1, wholeSteps(profile.early(), steps));
        int late = Math.max(1, wholeSteps(profile.late(), steps));
        int last = steps - Math.min(late, steps - first);
        StringBuilder each = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            each.append(letters.charAt(step < first ? 0 : step < last ? 1 : 2));
        }
        return ofLetters(each.toString());
    }

    /** Whole large steps only: a step that reaches into a small segment is SMALL, but for the first and the last. */
    private static Move inSegments(String letters, int step, int steps) {
        int firstSegment = step > 0 && step == steps - 1 ? SEGMENTS - 1 : step * SEGMENTS / steps;
        int lastSegment = step == 0 ? 0 : ((step + 1) * SEGMENTS - 1) / steps;
        if (letters.substring(firstSegment, lastSegment + 1).contains("S")) {
            return Move.of(Source.SMALL);
        }
        char letter = letters.charAt(firstSegment);
        int stepInSegment = step - (firstSegment * steps + SEGMENTS - 1) / SEGMENTS;
        boolean computed = letter == 'L' || step == 0 || stepInSegment % (letter - '0' + 1) == 0;
        return computed ? Move.LARGE : Move.of(Source.REUSED);
    }

    /** A fraction of the steps as whole steps; a boundary inside a step does not count it. */
    static int wholeSteps(double fraction, int steps) {
        // 0.7 x 10 is 6.999... in binary; that is still 7 whole steps.
        return (int) Math.floor(fraction * steps + 1e-9);
    }

    public int steps() {
        return moves.size();
    }

    public Move move(int step) {
        return moves.get(step);
    }

    /** Steps of a move. */
    public int count(Move move) {
        return Collections.frequency(moves, move);
    }

    /** Whether LARGE's velocity advances every step. */
    public boolean isLarge() {
        return moves.stream().allMatch(Move::isLarge);
    }

    /** Steps before the first one that LARGE's velocity does not advance. */
    public int largeSteps() {
        int step = 0;
        while (step < steps() && move(step).isLarge()) {
            step++;
        }
        return step;
    }

    /** One letter a step. */
    public String letters() {
        return Move.letters(moves);
    }

    @Override
    public String toString() {
        return letters();
    }
}
