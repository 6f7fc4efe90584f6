package io.flowblend.calibration;

import java.util.OptionalDouble;

/**
 * The LSL schedule of a pair that the controller falls back to.
 *
 * @param early fraction of the steps that LARGE makes at the start, 0..1
 * @param late fraction of the steps that LARGE makes at the end, 0..1
 * @param deviation that 95 % of the requests made by it stay below; empty if that was not measured, and then no quality is
 *     served by it
 * @param origin where it was found, for people; may be empty
 */
public record StoredProfile(double early, double late, OptionalDouble deviation, String origin) {
    public StoredProfile {
        Range.check("early", early, 0, 1);
        Range.check("late", late, 0, 1);
        deviation.ifPresent(known -> Range.check("deviation", known, 0, 100));
    }

    public StoredProfile(double early, double late) {
        this(early, late, OptionalDouble.empty(), "");
    }

    /** Whether it is known to fit a promised deviation. */
    public boolean fits(double promised) {
        return deviation.isPresent() && deviation.getAsDouble() <= promised;
    }
}
