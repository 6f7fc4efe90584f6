package io.flowblend.calibration;

import java.util.OptionalDouble;

/**
 * The LSL schedule of a pair that the controller falls back to.
 *
 * @param early fraction of the steps that LARGE makes at the start, 0..1
 * @param late fraction of the steps that LARGE makes at the end, 0..1
 * @param deviation that 95 % of the requests made by it stay below; empty if that was not measured, and then no quality is
 *     served by it
 * @param measuredSteps fewest steps of the runs that the deviation was measured on, 1..1000; 1 where none was
 * @param origin where it was found, for people; may be empty
 */
public record StoredProfile(double early, double late, OptionalDouble deviation, int measuredSteps, String origin) {
    public StoredProfile {
        Range.check("early", early, 0, 1);
        Range.check("late", late, 0, 1);
        Range.check("measured_steps", measuredSteps, 1, 1000);
        deviation.ifPresent(known -> Range.check("deviation", known, 0, 100));
    }

    public StoredProfile(double early, double late) {
        this(early, late, OptionalDouble.empty(), 1, "");
    }

    /** Whether it is known to fit a promised deviation in runs of so many steps; in runs of fewer than measured it is not. */
    public boolean fits(double promised, int steps) {
        return deviation.isPresent() && deviation.getAsDouble() <= promised && steps >= measuredSteps;
    }
}
