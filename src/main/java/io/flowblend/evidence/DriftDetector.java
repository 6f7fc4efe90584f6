package io.flowblend.evidence;

import io.flowblend.calibration.Range;
import io.flowblend.divergence.Moments;

/**
 * Two-sided CUSUM (Page 1954) on standardised values x that are 0 on average while nothing changes:
 *
 * <pre>  up = max(0, up + x - 3/4),   down = max(0, down - x - 3/4)</pre>
 *
 * <p>An alarm is raised once either passes a limit h. The slack of 3/4 tunes it to shifts of one and a half standard deviations
 * or more; with a half, prompts that resemble the ones before (a correlation of .6) raised an alarm after some 200 requests.
 * Values are cut off at 3, so that a single outlier cannot raise it alone. With h = 12 a shift of two standard deviations is
 * found after 10 values.
 *
 * @param up evidence that the values rose, 0 and up
 * @param down evidence that they fell, 0 and up
 */
public record DriftDetector(double up, double down) {
    public static final DriftDetector NONE = new DriftDetector(0, 0);
    private static final double SLACK = 0.75;
    private static final double MOST = 3;

    /** Values are never taken to be more alike than this, as a standard deviation of a logarithm. */
    private static final double LEAST_SPREAD = 0.05;

    /** Values that must have been seen before one can be called strange. */
    private static final int KNOWN = 8;

    public DriftDetector {
        Range.check("up", up, 0, 1e9);
        Range.check("down", down, 0, 1e9);
    }

    /** A logarithm in standard deviations from what is usual; 0 while too few are known. */
    static double standardised(double value, Moments usual) {
        return standardised(value, usual, 0);
    }

    /** @param chance variance that the value has by chance, beside that of what is usual */
    static double standardised(double value, Moments usual, double chance) {
        return usual.count() < KNOWN
                ? 0
                : (value - usual.mean()) / Math.max(LEAST_SPREAD, Math.sqrt(usual.variance() + chance));
    }

    /** Whether a standardised value is too far off to become part of what is usual: a drift would hide itself. */
    static boolean isOutlier(double value) {
        return Math.abs(value) > MOST;
    }

    /** With one more value. */
    public DriftDetector plus(double value) {
        double x = Math.max(-MOST, Math.min(MOST, value));
        return new DriftDetector(Math.max(0, up + x - SLACK), Math.max(0, down - x - SLACK));
    }

    /** The stronger of the two. */
    public double statistic() {
        return Math.max(up, down);
    }

    /** The evidence of two workers, each of which saw a part: what the more alarmed of them has. */
    public DriftDetector merge(DriftDetector other) {
        return new DriftDetector(Math.max(up, other.up), Math.max(down, other.down));
    }
}
