package io.flowblend.control.rival;

/**
 * T-Stitch (Pan et al. 2024, arXiv 2402.14167): SMALL makes the first share of the steps, LARGE the rest. The reverse of
 * what a video's layout asks for, and the rule that this field began with.
 */
public final class TStitch {
    private TStitch() {}

    /**
     * One letter a step.
     *
     * @param smallShare share of the steps that SMALL makes, 0..1, rounded to whole steps
     */
    public static String schedule(double smallShare, int steps) {
        if (!(smallShare >= 0 && smallShare <= 1)) {
            throw new IllegalArgumentException("small share must be in 0..1, not " + smallShare);
        }
        int small = (int) Math.round(smallShare * steps);
        return "S".repeat(small) + "L".repeat(steps - small);
    }
}
