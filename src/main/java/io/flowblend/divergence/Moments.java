package io.flowblend.divergence;

/**
 * Count, mean and sum of squared deviations of a sample, updated one value at a time (Welford 1962) and mergeable (Chan,
 * Golub, LeVeque 1979), so that two workers' summaries combine to what one would have seen.
 *
 * @param count values seen, 0 and up
 * @param mean their mean, 0 if none
 * @param m2 sum of squared deviations from the mean, 0 and up
 */
public record Moments(long count, double mean, double m2) {
    public static final Moments NONE = new Moments(0, 0, 0);

    public Moments {
        if (count < 0 || !Double.isFinite(mean) || !Double.isFinite(m2) || m2 < 0) {
            throw new IllegalArgumentException("moments need count >= 0, a finite mean and a finite m2 >= 0, not "
                    + count + ", " + mean + ", " + m2);
        }
    }

    /** From a stored summary; {@code variance} is the unbiased one (divisor count - 1). */
    public static Moments of(long count, double mean, double variance) {
        return new Moments(count, mean, count < 2 ? 0 : variance * (count - 1));
    }

    public Moments plus(double value) {
        long seen = count + 1;
        double delta = value - mean;
        double newMean = mean + delta / seen;
        return new Moments(seen, newMean, m2 + delta * (value - newMean));
    }

    public Moments merge(Moments other) {
        if (count == 0) {
            return other;
        }
        if (other.count == 0) {
            return this;
        }
        long all = count + other.count;
        double delta = other.mean - mean;
        double share = (double) other.count / all;
        return new Moments(all, mean + delta * share, m2 + other.m2 + delta * delta * count * share);
    }

    /** Unbiased variance, 0 for fewer than two values. */
    public double variance() {
        return count < 2 ? 0 : m2 / (count - 1);
    }

    /** Standard deviation over mean, 0 where the mean is 0. */
    public double relativeSpread() {
        return mean == 0 ? 0 : Math.sqrt(variance()) / Math.abs(mean);
    }
}
