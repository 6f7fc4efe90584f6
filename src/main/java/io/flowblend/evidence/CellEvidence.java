package io.flowblend.evidence;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Range;
import io.flowblend.divergence.WeightedMoments;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What was read of one source in one sigma bin at one class of distance to the anchor. A request that reads it several
 * times counts once, with its mean; older requests count less. Mergeable.
 *
 * @param count requests that read it, 0 and up
 * @param mean of the requests' products, older ones counting less
 * @param residual with the gain that was in force when it was read; its weight is that of {@code mean} too
 */
public record CellEvidence(long count, Products mean, WeightedMoments residual) {
    /** Nothing read. */
    public static final CellEvidence NONE = new CellEvidence(0, Products.ZERO, WeightedMoments.NONE);

    private static final double MOST_GAIN = 1.5;

    public CellEvidence {
        Range.check("count", count, 0, Range.MANY);
        Range.check("weight", residual.weight(), 0, Range.MANY);
        Range.check("residual", residual.mean(), 0, 100);
        Range.check("m2", residual.m2(), 0, Range.MANY);
    }

    /** The products of {@link AnchorReading}, by its letters. */
    public record Products(double ww, double wa, double ws, double aa, double as, double ss) {
        static final Products ZERO = new Products(0, 0, 0, 0, 0, 0);

        private static final double LARGEST = 1e6;

        public Products {
            Range.check("ww", ww, 0, LARGEST);
            Range.check("wa", wa, -LARGEST, LARGEST);
            Range.check("ws", ws, -LARGEST, LARGEST);
            Range.check("aa", aa, 0, LARGEST);
            Range.check("as", as, -LARGEST, LARGEST);
            Range.check("ss", ss, 0, LARGEST);
        }

        /** Weighted mean of this and another. */
        Products towards(Products other, double share) {
            return new Products(
                    ww + share * (other.ww - ww),
                    wa + share * (other.wa - wa),
                    ws + share * (other.ws - ws),
                    aa + share * (other.aa - aa),
                    as + share * (other.as - as),
                    ss + share * (other.ss - ss));
        }

        static Products mean(List<AnchorReading> readings) {
            Products mean = ZERO;
            int count = 0;
            for (AnchorReading one : readings) {
                count++;
                mean = mean.towards(
                        new Products(
                                Math.max(0, one.ww()),
                                one.wa(),
                                one.ws(),
                                Math.max(0, one.aa()),
                                one.as(),
                                Math.max(0, one.ss())),
                        1.0 / count);
            }
            return mean;
        }

        /** {@code E|w - gain (w_a + slopeShare s)|^2 / |v_L|^2}. */
        double square(Gain gain) {
            double share = gain.slopeShare();
            double predicted = aa + 2 * share * as + share * share * ss;
            return Math.max(0, ww - 2 * gain.gain() * (wa + share * ws) + gain.gain() * gain.gain() * predicted);
        }

        /**
         * Gain and slope share that make {@link #square} least, within their ranges. It is a convex quadratic of the gain and
         * the gain's product with the share: the normal equations give its least value, or that lies on an edge.
         */
        Gain best() {
            double determinant = aa * ss - as * as;
            if (determinant > 1e-9 * aa * ss) {
                double onAnchor = (wa * ss - ws * as) / determinant;
                double onSlope = (ws * aa - wa * as) / determinant;
                if (onAnchor > 0 && onAnchor <= MOST_GAIN && onSlope >= 0 && onSlope <= onAnchor) {
                    return new Gain(onAnchor, onSlope / onAnchor);
                }
            }
            double share = ss <= 0 ? 0 : Math.max(0, Math.min(1, (ws / MOST_GAIN - as) / ss));
            return Stream.of(best(0), best(1), new Gain(MOST_GAIN, share))
                    .min(Comparator.comparingDouble(this::square))
                    .orElseThrow();
        }

        private Gain best(double share) {
            double predicted = aa + 2 * share * as + share * share * ss;
            double gain = predicted <= 0 ? 0 : (wa + share * ws) / predicted;
            return new Gain(Math.max(0, Math.min(MOST_GAIN, gain)), share);
        }
    }

    /**
     * How a source predicts its unknown part.
     *
     * @param gain factor on the anchor's unknown part, 0..1.5
     * @param slopeShare share of the anchor's slope that is followed, 0..1
     */
    record Gain(double gain, double slopeShare) {
        static final Gain NOTHING = new Gain(0, 0);
    }

    boolean isRead() {
        return count > 0;
    }

    /** With one more request. */
    CellEvidence plus(Products products, double requestResidual, double fade) {
        WeightedMoments next = residual.faded(fade).plus(requestResidual);
        return new CellEvidence(count + 1, mean.towards(products, 1 / next.weight()), next);
    }

    CellEvidence merge(CellEvidence other) {
        WeightedMoments both = residual.merge(other.residual);
        double share = both.weight() == 0 ? 0 : other.residual.weight() / both.weight();
        return new CellEvidence(count + other.count, mean.towards(other.mean, share), both);
    }

    /** Standard deviation of the residual between requests over its mean. */
    double relativeSpread() {
        return residual.mean() <= 0 ? 0 : Math.sqrt(residual.variance()) / residual.mean();
    }
}
