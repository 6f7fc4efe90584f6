package io.flowblend.control.plan;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import java.util.List;
import java.util.Optional;

/**
 * The cheapest rest of a run at a price: the moves with the least sum of {@code cost + charge / price} over all steps, where
 * the charge is what the step's error counts against the budget ({@link ErrorLedger#charge}). Found exactly by dynamic
 * programming backwards over (step, steps since a model ran and which one it was, steps since a probe, steps since LARGE).
 * Probes are moves like any other: they pay by making the steps after them better. The larger the price, the less the cost
 * and the larger the error; the price at which the budget is just met solves the problem with the budget as a limit
 * (Lagrangian relaxation, Everett 1963).
 */
public final class Plan {
    private final PlanSearch search;
    private final RunPosition from;
    private final double price;
    private final List<Move> moves;
    private final double cost;
    private final double charged;
    private final Optional<Move> wanted;

    Plan(PlanSearch search, RunPosition from, double price, List<Move> moves, double cost, double charged) {
        this(search, from, price, moves, cost, charged, Optional.empty());
    }

    private Plan(
            PlanSearch search,
            RunPosition from,
            double price,
            List<Move> moves,
            double cost,
            double charged,
            Optional<Move> wanted) {
        this.search = search;
        this.from = from;
        this.price = price;
        this.moves = List.copyOf(moves);
        this.cost = cost;
        this.charged = charged;
        this.wanted = wanted;
    }

    /** The same, made because the budget does not bear the plan that begins with another move. */
    Plan insteadOf(Optional<Move> move) {
        return new Plan(search, from, price, moves, cost, charged, move);
    }

    /** Whether only the budget keeps a cheaper source than LARGE from the step to come. */
    public boolean isHeldByBudget() {
        return wanted.filter(move -> !move.isLarge()).isPresent()
                && moves.get(0).isLarge();
    }

    /** The rest of a run at a price, whatever its error. */
    public static Plan at(PlanInput input, RunPosition from, RequestDifficulty difficulty, double price) {
        return new PlanSearch(input, from, difficulty).at(price);
    }

    /**
     * The rest of a run within what is left of the budget, at no more than a price.
     *
     * @param left of the budget, may be below 0
     * @param mostPrice that a step may be bought at
     * @param guess at the price, above 0: the nearer, the sooner it is found
     */
    public static Plan within(
            PlanInput input,
            RunPosition from,
            RequestDifficulty difficulty,
            double left,
            double mostPrice,
            double guess) {
        return new PlanSearch(input, from, difficulty).within(left, mostPrice, guess);
    }

    /** The same plan once its first move was made; empty if its last one was. */
    public Optional<Plan> next() {
        return moves.size() < 2
                ? Optional.empty()
                : Optional.of(new Plan(
                        search, from.after(moves.get(0)), price, moves.subList(1, moves.size()), cost, charged));
    }

    /** Moves from this step on, up to the tail; empty if the tail has begun. */
    public List<Move> moves() {
        return moves;
    }

    /** Cost of the moves, as first planned, in LARGE steps. */
    public double cost() {
        return cost;
    }

    /** What their errors, as first planned, count against the budget. */
    public double charged() {
        return charged;
    }

    /** Charge per saved cost up to which a cheaper move is bought. */
    public double price() {
        return price;
    }

    /**
     * The choice of the step to come as a comparison: of the cheaper source that was chosen or else of the best one that was
     * not, its predicted residual and the residual at which the choice would flip.
     *
     * @return empty if no cheaper source can be chosen here
     */
    public Optional<Decision.Comparison> comparison() {
        Source chosen = moves.get(0).source();
        return chosen != Source.LARGE
                ? comparison(chosen)
                : search.bestSource(from, price).flatMap(this::comparison);
    }

    /** The same for one source; empty if it cannot be chosen here. */
    public Optional<Decision.Comparison> comparison(Source source) {
        return search.comparison(from, source, price);
    }

    /** The source that only the ceiling on the divergence keeps from this step, with what was compared; empty if none is. */
    public Optional<Decision.Comparison> ceiling() {
        return search.ceiling(from, price);
    }

    /** The moves as letters, for messages and tests. */
    @Override
    public String toString() {
        return Move.letters(moves);
    }
}
