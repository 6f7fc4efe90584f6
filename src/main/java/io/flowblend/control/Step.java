package io.flowblend.control;

/**
 * A solver step that is about to be made.
 *
 * @param index 0-based
 * @param count steps of the whole run
 * @param sigma noise level at its start, 1 = pure noise
 * @param nextSigma noise level at its end, below {@code sigma}
 */
public record Step(int index, int count, double sigma, double nextSigma) {
    public Step {
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("step " + index + " of " + count);
        }
    }

    public boolean isLast() {
        return index == count - 1;
    }
}
