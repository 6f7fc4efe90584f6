package io.flowblend.evidence;

import io.flowblend.calibration.Range;

/**
 * Least squares slope of y on x, from sums that can be merged and stored. (commons-math's {@code SimpleRegression} can be
 * merged but neither stored nor read back.)
 *
 * @param count pairs seen, 0 and up
 * @param meanX mean of x
 * @param meanY mean of y
 * @param xx sum of squared deviations of x, 0 and up
 * @param xy sum of products of the deviations
 */
public record LogSlope(long count, double meanX, double meanY, double xx, double xy) {
    static final LogSlope NONE = new LogSlope(0, 0, 0, 0, 0);

    public LogSlope {
        Range.check("count", count, 0, Range.MANY);
        Range.check("mean_x", meanX, -100, 100);
        Range.check("mean_y", meanY, -100, 100);
        Range.check("xx", xx, 0, Range.MANY);
        Range.check("xy", xy, -Range.MANY, Range.MANY);
    }

    LogSlope plus(double x, double y) {
        return merge(new LogSlope(1, x, y, 0, 0));
    }

    LogSlope merge(LogSlope other) {
        long all = count + other.count;
        if (all == 0) {
            return NONE;
        }
        double share = (double) other.count / all;
        double dx = other.meanX - meanX;
        double dy = other.meanY - meanY;
        return new LogSlope(
                all,
                meanX + dx * share,
                meanY + dy * share,
                xx + other.xx + dx * dx * count * share,
                xy + other.xy + dx * dy * count * share);
    }

    /**
     * The slope, drawn towards a prior one as if {@code requests} further pairs with a standard deviation of x of
     * {@code spread} had shown that.
     */
    double slope(double prior, double requests, double spread) {
        double weight = requests * spread * spread;
        return (xy + weight * prior) / (xx + weight);
    }
}
