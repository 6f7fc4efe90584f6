package io.flowblend.evidence;

import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Range;

/**
 * A run that was planned before anything was learned from its prompt, and made again by LARGE alone.
 *
 * @param bucket see {@link Conditions#bucket}
 * @param sample what was predicted for it and what was measured
 * @param at when, seconds since 1970
 */
public record PromiseSample(String bucket, PromiseCurve.Sample sample, long at) {
    public PromiseSample {
        Range.check("at", at, 0, Range.MANY);
    }
}
