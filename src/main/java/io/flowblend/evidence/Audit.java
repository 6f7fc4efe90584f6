package io.flowblend.evidence;

import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Range;

/**
 * A finished video that was made again by LARGE alone, to see whether its promise was kept.
 *
 * @param conditions under what it ran
 * @param mix letters of the sources other than LARGE that could be chosen, in alphabetical order
 * @param promised deviation that was promised; above 0
 * @param predicted deviation that was predicted for the steps it took; above 0
 * @param actual deviation measured, 0 and up
 * @param at when, seconds since 1970
 */
public record Audit(Conditions conditions, String mix, double promised, double predicted, double actual, long at) {
    public Audit {
        Range.check("promised", promised, 1e-9, 1000);
        Range.check("predicted", predicted, 1e-9, 100);
        Range.check("actual", actual, 0, 100);
        Range.check("at", at, 0, Range.MANY);
    }

    /** Whether the promise was kept. */
    public boolean kept() {
        return actual <= promised;
    }

    /** It says as much as a run of a calibration. */
    PromiseSample sample() {
        return new PromiseSample(
                conditions.bucket(), new PromiseCurve.Sample(conditions.steps(), mix, predicted, actual), at);
    }
}
