package io.flowblend.api.wire;

import io.flowblend.control.Promise;

/**
 * What a request is promised.
 *
 * @param deviation from LARGE alone that is not exceeded, relative L2 of the final latents, 0 and up
 * @param coverage share of the requests that this holds for, 0..1
 * @param samples runs of this pair that stand behind it; 0 where LARGE alone makes it certain
 * @param provisional whether these are too few to be sure of the coverage
 */
public record PromiseObject(double deviation, double coverage, int samples, boolean provisional) {
    public static PromiseObject of(Promise promise) {
        return new PromiseObject(promise.deviation(), promise.coverage(), promise.samples(), promise.provisional());
    }
}
