package io.flowblend.calibration;

import java.util.Arrays;
import java.util.function.DoublePredicate;

/**
 * The cheapest choice of a source of velocity for each step whose summed error stays within a budget.
 *
 * <p>At a price p the choice is the one with the least {@code cost + error / p} over all steps, found exactly by going
 * backwards through the states (step, steps since a model last ran, which one it was): a step that carries the last
 * velocity on errs the more the longer ago that is, so the steps cannot be chosen apart. Where REUSED is not offered, a
 * step is SMALL when its error per saved cost is below p. The larger p, the less the cost and the larger the error; the
 * price sought is the largest whose error the budget bears (Lagrangian relaxation, Everett 1963).
 */
public final class Allocation {
    /** Bounds the price where the budget bears the cheapest choice of all and may be infinite. */
    private static final double MOST_SLACK = 10;

    /** Prices closer than this, relative to each other, count as one. */
    private static final double FINEST = 1e-7;

    private final Source[] sources;
    private final double price;
    private final double cost;
    private final double error;

    /** Where the velocity of a step comes from. */
    public enum Source {
        LARGE,
        SMALL,
        REUSED
    }

    /** The steps to choose for; errors are summed into the budget, infinite where a source is not to be had. */
    public interface Steps {
        int count();

        /** Error of SMALL, 0 and up. */
        double small(int step);

        /**
         * Error of carrying the last velocity on, 0 and up.
         *
         * @param lag steps since a model ran, 1 and up
         * @param afterSmall whether that was SMALL
         */
        double reused(int step, int lag, boolean afterSmall);

        /** Cost of a small step in units of a large one; REUSED costs nothing. */
        double smallCost();

        /** Steps in a row that may be REUSED; 0 for none. */
        int mostReused();

        /** Steps since a model ran, at the first step; 1 if it made the one before. */
        default int lag() {
            return 1;
        }

        /** Whether that was SMALL. */
        default boolean afterSmall() {
            return false;
        }
    }

    private Allocation(Source[] sources, double price, double cost, double error) {
        this.sources = sources;
        this.price = price;
        this.cost = cost;
        this.error = error;
    }

    /**
     * @param budget largest summed error; 0 allows LARGE only; may be infinite
     * @param mostPrice error per saved cost that is never exceeded; may be infinite
     */
    public static Allocation within(Steps steps, double budget, double mostPrice) {
        Search search = new Search(steps);
        if (!(budget > 0)) {
            return search.at(0);
        }
        boolean bounded = mostPrice < Double.POSITIVE_INFINITY;
        double high = bounded ? mostPrice : largestPrice(steps);
        Allocation dearest = search.at(high);
        if (dearest.error <= budget) {
            return bounded ? dearest : dearest.priced(search.leastPrice(dearest) * slack(dearest.error, budget));
        }
        double[] ends = bisect(high, price -> search.at(price).error > budget);
        Allocation chosen = search.at(ends[0]);
        // Half way between the last choice's own price and the next one's, so that rounding decides nothing.
        return chosen.priced((search.leastPrice(chosen) + ends[1]) / 2);
    }

    /** The choice at a price, whatever its error. */
    public static Allocation at(Steps steps, double price) {
        return new Search(steps).at(price);
    }

    private Allocation priced(double newPrice) {
        return new Allocation(sources, newPrice, cost, error);
    }

    /** Where all can be had: how far the dearest move could rise if all rose together. */
    private static double slack(double error, double budget) {
        return error > 0 ? Math.min(MOST_SLACK, budget / error) : 1;
    }

    /** The largest price known not to pass a test that ever dearer prices come to pass, and the least known to. */
    private static double[] bisect(double high, DoublePredicate test) {
        double low = 0;
        double top = high;
        while (top > FINEST && top - low > FINEST * top) {
            // Prices spread over magnitudes: far below the top, halve the logarithm.
            double middle = top > 4 * low ? Math.sqrt(Math.max(low, top * 1e-3) * top) : (low + top) / 2;
            if (test.test(middle)) {
                top = middle;
            } else {
                low = middle;
            }
        }
        return new double[] {low, top};
    }

    /** At this price every choice is the cheapest one. */
    private static double largestPrice(Steps steps) {
        double most = 0;
        for (int step = 0; step < steps.count(); step++) {
            double small = steps.small(step);
            most += Double.isFinite(small) ? small : 0;
            for (int lag = 1; lag <= steps.mostReused(); lag++) {
                for (boolean afterSmall : new boolean[] {false, true}) {
                    double reused = steps.reused(step, lag, afterSmall);
                    most += Double.isFinite(reused) ? reused : 0;
                }
            }
        }
        double leastSaved = Math.max(1e-3, Math.min(1 - steps.smallCost(), steps.smallCost()));
        return Math.max(1e-9, 1e3 * most / leastSaved);
    }

    /** Source chosen for a step. */
    public Source source(int step) {
        return sources[step];
    }

    /** Steps that a source was chosen for. */
    public int count(Source source) {
        return (int) Arrays.stream(sources).filter(chosen -> chosen == source).count();
    }

    /**
     * Error per saved cost up to which moves are made: between the last one made and the first that did not fit; where all
     * fit, what the last could rise to if all rose together.
     */
    public double price() {
        return price;
    }

    /** Cost of all steps, in large ones. */
    public double cost() {
        return cost;
    }

    /** Summed error of all steps. */
    public double error() {
        return error;
    }

    /** Passes backwards through one run at one price after another. */
    private static final class Search {
        private static final int BY_LARGE = 0;
        private static final int BY_SMALL = 1;

        private final Steps steps;
        private final int count;
        private final int lags;

        /** Least cost + error / price from a step on, by step, lag and model. */
        private final double[] rest;

        private final Source[] choice;

        Search(Steps steps) {
            this.steps = steps;
            this.count = steps.count();
            this.lags = steps.mostReused() + Math.max(1, steps.lag());
            this.rest = new double[(count + 1) * (lags + 2) * 2];
            this.choice = new Source[rest.length];
        }

        private int index(int step, int lag, int model) {
            return (step * (lags + 2) + lag) * 2 + model;
        }

        Allocation at(double price) {
            for (int step = count - 1; step >= 0; step--) {
                int largest = Math.min(lags, steps.lag() + step);
                for (int lag = 1; lag <= largest; lag++) {
                    choose(price, step, lag, BY_LARGE);
                    choose(price, step, lag, BY_SMALL);
                }
            }
            return walked(price);
        }

        /** The least price at which a choice is as cheap. */
        double leastPrice(Allocation chosen) {
            return bisect(largestPrice(steps), price -> at(price).cost <= chosen.cost)[1];
        }

        private void choose(double price, int step, int lag, int model) {
            double least = 1 + rest[index(step + 1, 1, BY_LARGE)];
            Source best = Source.LARGE;
            double small = steps.smallCost() + value(price, steps.small(step)) + rest[index(step + 1, 1, BY_SMALL)];
            if (small < least) {
                least = small;
                best = Source.SMALL;
            }
            if (lag <= steps.mostReused()) {
                double reused = value(price, steps.reused(step, lag, model == BY_SMALL))
                        + rest[index(step + 1, lag + 1, model)];
                if (reused < least) {
                    least = reused;
                    best = Source.REUSED;
                }
            }
            rest[index(step, lag, model)] = least;
            choice[index(step, lag, model)] = best;
        }

        private static double value(double price, double error) {
            return Double.isInfinite(error) || price <= 0 ? Double.POSITIVE_INFINITY : error / price;
        }

        private Allocation walked(double price) {
            Source[] sources = new Source[count];
            double cost = 0;
            double error = 0;
            int lag = Math.max(1, steps.lag());
            int model = steps.afterSmall() ? BY_SMALL : BY_LARGE;
            for (int step = 0; step < count; step++) {
                sources[step] = choice[index(step, lag, model)];
                switch (sources[step]) {
                    case LARGE -> {
                        cost += 1;
                        lag = 1;
                        model = BY_LARGE;
                    }
                    case SMALL -> {
                        cost += steps.smallCost();
                        error += steps.small(step);
                        lag = 1;
                        model = BY_SMALL;
                    }
                    case REUSED -> {
                        error += steps.reused(step, lag, model == BY_SMALL);
                        lag++;
                    }
                }
            }
            return new Allocation(sources, price, cost, error);
        }
    }
}
