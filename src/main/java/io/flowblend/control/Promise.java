package io.flowblend.control;

/**
 * What a request is promised.
 *
 * @param deviation from LARGE alone that is not exceeded, relative L2 of the final latents, 0 and up
 * @param coverage share of the requests that this holds for, 0..1
 * @param samples runs of this pair that stand behind it; 0 where LARGE alone makes it certain
 * @param provisional whether these are too few to be sure of the coverage
 */
public record Promise(double deviation, double coverage, int samples, boolean provisional) {
    /** LARGE alone: no deviation at all. */
    public static final Promise EXACT = new Promise(0, 1, 0, false);
}
