package io.flowblend.learning;

import java.util.HashMap;
import java.util.Map;

/**
 * Leaves alone what fails: after the n-th failure in a row in a bucket, its next 2^n - 2 videos are not learned from. So a
 * single failure costs nothing, and what always fails is tried only as often as the number of videos doubles.
 */
final class Patience {
    private static final int MOST_DOUBLINGS = 20;

    private final Map<String, Integer> failures = new HashMap<>();
    private final Map<String, Integer> resting = new HashMap<>();

    /** Whether a video that was just made may be learned from. */
    boolean accepts(String bucket) {
        int left = resting.getOrDefault(bucket, 0);
        if (left > 0) {
            resting.put(bucket, left - 1);
        }
        return left == 0;
    }

    /** @return whether the bucket is left alone from now on */
    boolean failed(String bucket) {
        int inARow = failures.merge(bucket, 1, Integer::sum);
        int rest = (1 << Math.min(inARow, MOST_DOUBLINGS)) - 2;
        resting.put(bucket, rest);
        return rest > 0;
    }

    void succeeded(String bucket) {
        failures.remove(bucket);
        resting.remove(bucket);
    }
}
