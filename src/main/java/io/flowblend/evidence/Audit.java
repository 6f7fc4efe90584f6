package io.flowblend.evidence;

/**
 * A finished video that was made again by LARGE alone, to see whether its promise was kept.
 *
 * @param conditions under what it ran
 * @param promised deviation that was promised; above 0
 * @param predicted deviation that was predicted for the steps it took; above 0
 * @param actual deviation measured, 0 and up
 * @param at when, seconds since 1970
 */
public record Audit(Conditions conditions, double promised, double predicted, double actual, long at) {
    public Audit {
        if (!(promised > 0 && predicted > 0 && promised <= 1000 && predicted <= 1000)) {
            throw new IllegalArgumentException(
                    "promised and predicted must be above 0, not " + promised + ", " + predicted);
        }
        if (!(actual >= 0 && actual <= 100)) {
            throw new IllegalArgumentException("actual must be in 0..100, not " + actual);
        }
    }

    /** Whether the promise was kept. */
    public boolean kept() {
        return actual <= promised;
    }

    /** True deviation over predicted one. */
    public double ratio() {
        return actual / predicted;
    }
}
