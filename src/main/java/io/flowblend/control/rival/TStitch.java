package io.flowblend.control.rival;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;
import io.flowblend.control.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * T-Stitch (Pan et al. 2024, arXiv 2402.14167): SMALL makes the first share of the steps, LARGE the rest. The reverse of
 * what a video's layout asks for, and the rule that this field began with.
 */
public final class TStitch {
    private TStitch() {}

    /**
     * Its schedule.
     *
     * @param smallShare share of the steps that SMALL makes, 0..1, rounded to whole steps
     */
    public static Schedule schedule(double smallShare, int steps) {
        if (!(smallShare >= 0 && smallShare <= 1)) {
            throw new IllegalArgumentException("small share must be in 0..1, not " + smallShare);
        }
        int small = (int) Math.round(smallShare * steps);
        List<Move> moves = new ArrayList<>(Collections.nCopies(small, Move.of(Source.SMALL)));
        moves.addAll(Collections.nCopies(steps - small, Move.LARGE));
        return new Schedule(moves);
    }
}
