package io.flowblend.experiment.paper;

import java.util.List;
import java.util.OptionalInt;

/**
 * Where the early stage ends: the earliest point at which SMALL may take over from LARGE, from the similarity to LARGE alone
 * as that point moves. The paper's Algorithm 1 and its rule of thumb, both.
 */
public final class EarlyBoundary {
    /** The similarity above which the paper's boundaries lie. */
    public static final double SIMILAR = 0.96;

    /** Threshold alpha of Algorithm 1; the paper does not give its own. */
    public static final double ALPHA = 0.3;

    private EarlyBoundary() {}

    /**
     * A point of the curve.
     *
     * @param introduced share of the steps after which SMALL takes over, 0..1
     * @param similarity mean over the prompts
     */
    public record Point(double introduced, double similarity) {}

    /** How Algorithm 1 ended. */
    public enum Ending {
        /** A slope fell below alpha times the first one. */
        FOUND("found"),
        /** None did: its answer is the last point. */
        NO_FALL("no slope falls: the last point"),
        /** The first slope is not positive, so that there is nothing to compare with. */
        NO_REFERENCE("the first slope is not positive: no answer");

        private final String words;

        Ending(String words) {
            this.words = words;
        }

        /** For people. */
        public String words() {
            return words;
        }
    }

    /** @param index of the point that Algorithm 1 answers */
    public record RelativeSlope(int index, Ending ending) {}

    /**
     * Algorithm 1: slopes {@code s_i = (y_{i+1} - y_i) / (x_{i+1} - x_i)}, 0 where x stands still; the answer is the end of the
     * first one that is at most {@code alpha s_0}, or the last point.
     *
     * @param curve by rising introduction point, two points or more
     * @param alpha above 0 and below 1
     */
    public static RelativeSlope relativeSlope(List<Point> curve, double alpha) {
        if (curve.size() < 2 || !(alpha > 0 && alpha < 1)) {
            throw new IllegalArgumentException(
                    "needs 2 points or more and an alpha within 0..1, not " + curve.size() + " and " + alpha);
        }
        double reference = slope(curve, 0);
        for (int i = 0; i + 1 < curve.size(); i++) {
            if (slope(curve, i) <= alpha * reference) {
                return new RelativeSlope(i + 1, reference > 0 ? Ending.FOUND : Ending.NO_REFERENCE);
            }
        }
        return new RelativeSlope(curve.size() - 1, Ending.NO_FALL);
    }

    private static double slope(List<Point> curve, int i) {
        double width = curve.get(i + 1).introduced() - curve.get(i).introduced();
        return width == 0 ? 0 : (curve.get(i + 1).similarity() - curve.get(i).similarity()) / width;
    }

    /** The first point from which on every one is at least so similar; empty if the last one is not. */
    public static OptionalInt similarFrom(List<Point> curve, double least) {
        int first = curve.size();
        while (first > 0 && curve.get(first - 1).similarity() >= least) {
            first--;
        }
        return first == curve.size() ? OptionalInt.empty() : OptionalInt.of(first);
    }
}
