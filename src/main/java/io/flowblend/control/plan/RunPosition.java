package io.flowblend.control.plan;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;

/**
 * Where a run stands before a step: how long ago each kind of anchor was renewed. All the history that errors depend on.
 *
 * @param step index of the step to come, 0 and up
 * @param last source of the velocity that the last model gave; LARGE before any
 * @param sinceModel steps since a model ran, 1 = in the step before; 0 = never
 * @param sinceProbe steps since a probe; 0 = never
 * @param sinceLarge steps since LARGE ran; 0 = never
 */
public record RunPosition(int step, Source last, int sinceModel, int sinceProbe, int sinceLarge) {
    /** Before the first step. */
    public static final RunPosition START = new RunPosition(0, Source.LARGE, 0, 0, 0);

    /** Steps since an anchor was renewed; 0 = never. */
    public int since(Source.Anchor anchor) {
        return switch (anchor) {
            case NONE -> 0;
            case MODEL -> sinceModel;
            case PROBE -> sinceProbe;
            case LARGE -> sinceLarge;
        };
    }

    /** Where it stands after a move. */
    public RunPosition after(Move move) {
        return new RunPosition(
                step + 1,
                move.source().runsModel() ? move.source() : last,
                next(move, Source.Anchor.MODEL),
                next(move, Source.Anchor.PROBE),
                next(move, Source.Anchor.LARGE));
    }

    private int next(Move move, Source.Anchor anchor) {
        int since = since(anchor);
        return move.renews(anchor) ? 1 : since == 0 ? 0 : since + 1;
    }
}
