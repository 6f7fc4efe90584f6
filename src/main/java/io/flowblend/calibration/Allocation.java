package io.flowblend.calibration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The cheapest choice of a source of velocity for each step whose summed error stays within a budget.
 *
 * <p>Each step starts at its most accurate source; going to a cheaper one has a price, the error added per cost saved.
 * The moves are made in the order of their price (on each step's lower convex hull, Zemel 1980) until the next one does
 * not fit. So the choices for a smaller budget are always part of those for a larger one, and {@link #price} never falls
 * as the budget grows.
 */
public final class Allocation {
    /** Bounds the price where the budget bears every move and may be infinite. */
    private static final double MOST_SLACK = 10;

    private final int[] sources;
    private final double price;
    private final double cost;
    private final double error;

    private static final Comparator<Move> BY_PRICE =
            Comparator.comparingDouble(Move::price).thenComparing(Move::saved, Comparator.reverseOrder());

    private Allocation(int[] sources, double price, double cost, double error) {
        this.sources = sources;
        this.price = price;
        this.cost = cost;
        this.error = error;
    }

    /**
     * A way to advance one step.
     *
     * @param cost in units of a large step, 0 and up
     * @param error summed into the budget, 0 and up
     */
    public record Source(double cost, double error) {}

    private record Move(int step, int source, double saved, double added) {
        double price() {
            return added / saved;
        }
    }

    /**
     * @param steps the sources of each step, at least one each; of equally accurate ones the first is where it starts
     * @param budget largest summed error; 0 allows no move, not even a free one
     */
    public static Allocation within(List<List<Source>> steps, double budget) {
        int[] sources = new int[steps.size()];
        double cost = 0;
        double error = 0;
        List<Move> moves = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            List<Source> choices = steps.get(step);
            sources[step] = mostAccurate(choices);
            cost += choices.get(sources[step]).cost();
            error += choices.get(sources[step]).error();
            addMoves(moves, step, choices, sources[step]);
        }
        moves.sort(Comparator.comparingDouble(Move::price).thenComparing(Move::step, Comparator.reverseOrder()));
        double lastPrice = 0;
        if (budget <= 0) {
            return new Allocation(sources, 0, cost, error);
        }
        for (Move move : moves) {
            if (error + move.added() > budget) {
                return new Allocation(sources, (lastPrice + move.price()) / 2, cost, error);
            }
            sources[move.step()] = move.source();
            cost -= move.saved();
            error += move.added();
            lastPrice = move.price();
        }
        double slack = error > 0 ? Math.min(MOST_SLACK, budget / error) : 1;
        return new Allocation(sources, lastPrice * slack, cost, error);
    }

    private static int mostAccurate(List<Source> choices) {
        int best = 0;
        for (int i = 1; i < choices.size(); i++) {
            if (choices.get(i).error() < choices.get(best).error()) {
                best = i;
            }
        }
        return best;
    }

    private static void addMoves(List<Move> moves, int step, List<Source> choices, int start) {
        int at = start;
        while (true) {
            Source from = choices.get(at);
            Move cheapest = null;
            for (int i = 0; i < choices.size(); i++) {
                Source to = choices.get(i);
                if (to.cost() < from.cost()) {
                    Move move = new Move(step, i, from.cost() - to.cost(), to.error() - from.error());
                    if (cheapest == null || BY_PRICE.compare(move, cheapest) < 0) {
                        cheapest = move;
                    }
                }
            }
            if (cheapest == null) {
                return;
            }
            moves.add(cheapest);
            at = cheapest.source();
        }
    }

    /** Index of the source chosen for a step. */
    public int source(int step) {
        return sources[step];
    }

    /**
     * Error per saved cost up to which moves are made: between the last one made and the first that did not fit; where all
     * fit, what the last could rise to if all rose together.
     */
    public double price() {
        return price;
    }

    /** Cost of all steps. */
    public double cost() {
        return cost;
    }

    /** Summed error of all steps. */
    public double error() {
        return error;
    }
}
