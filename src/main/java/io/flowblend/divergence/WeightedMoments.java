package io.flowblend.divergence;

/**
 * Weight, mean and weighted sum of squared deviations of values whose weights fade as newer ones arrive (West 1979).
 *
 * <p>What holds for a merge: it equals the weighted moments of both workers' values together, each with the weight that
 * it had where it was seen. So a value's age is counted in the requests of its own worker; one worker that had seen all
 * of them would have let the older half fade further. Without fading (every weight 1) the two are the same.
 *
 * @param weight sum of the weights, 0 and up
 * @param mean weighted mean, 0 if there is no weight
 * @param m2 weighted sum of squared deviations from the mean, 0 and up
 */
public record WeightedMoments(double weight, double mean, double m2) {
    public static final WeightedMoments NONE = new WeightedMoments(0, 0, 0);

    public WeightedMoments {
        if (!(weight >= 0 && m2 >= 0) || !Double.isFinite(weight + mean + m2)) {
            throw new IllegalArgumentException("weighted moments need weight >= 0, a finite mean and m2 >= 0, not "
                    + weight + ", " + mean + ", " + m2);
        }
    }

    /** Every value seen so far counts {@code factor} times as much as before; 0..1. */
    public WeightedMoments faded(double factor) {
        return new WeightedMoments(weight * factor, mean, m2 * factor);
    }

    /** With one more value of weight 1. */
    public WeightedMoments plus(double value) {
        return merge(new WeightedMoments(1, value, 0));
    }

    public WeightedMoments merge(WeightedMoments other) {
        double all = weight + other.weight;
        if (all == 0) {
            return NONE;
        }
        double delta = other.mean - mean;
        double share = other.weight / all;
        return new WeightedMoments(all, mean + delta * share, m2 + other.m2 + delta * delta * weight * share);
    }

    /** Variance by frequency weights (divisor weight - 1), 0 where the weight is 1 or less. */
    public double variance() {
        return weight <= 1 ? 0 : m2 / (weight - 1);
    }
}
