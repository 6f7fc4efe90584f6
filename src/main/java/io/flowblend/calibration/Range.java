package io.flowblend.calibration;

/** Checks that a number lies within its range, so that a damaged file is refused by the field's name. */
public final class Range {
    public static final double MANY = 1e15;

    private Range() {}

    /** The same for a whole number. */
    public static void check(String field, long value, double low, double high) {
        check(field, (double) value, low, high);
    }

    public static void check(String field, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(field + " must be in " + low + ".." + high + ", not " + value);
        }
    }
}
