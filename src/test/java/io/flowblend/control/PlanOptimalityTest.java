package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.plan.ErrorLedger;
import io.flowblend.control.plan.Plan;
import io.flowblend.control.plan.PlanInput;
import io.flowblend.control.plan.RequestDifficulty;
import io.flowblend.control.plan.RunPosition;
import io.flowblend.control.plan.StepErrors;
import io.flowblend.control.simulator.VectorRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** The plan against every schedule that there is. */
class PlanOptimalityTest {
    private static final int REUSE = 2;
    private static final RunPosition AFTER_HEAD = RunPosition.START.after(Move.LARGE);

    private static PlanInput input(int steps, double exponent, double budget) {
        Map<Move, Double> costs = new LinkedHashMap<>();
        for (Move move : List.of(Move.LARGE, Move.PROBE, Move.of(Source.SMALL), Move.of(Source.REUSED))) {
            costs.put(move, Calibrations.COSTS.of(move));
        }
        StepErrors errors = new StepErrors(Calibrations.calibration(exponent), VectorRun.sigmas(steps));
        return new PlanInput(errors, costs, steps, REUSE, steps, ControlLimits.NO_CEILING, 0, budget);
    }

    @Property(tries = 40)
    void noScheduleIsBetterThanThePlan(
            @ForAll @IntRange(min = 2, max = 7) int steps,
            @ForAll @DoubleRange(min = 1, max = 2) double exponent,
            @ForAll @DoubleRange(min = 0.01, max = 1) double budget,
            @ForAll @DoubleRange(min = 0.01, max = 1) double price) {
        PlanInput input = input(steps, exponent, budget);
        Plan plan = Plan.at(input, AFTER_HEAD, RequestDifficulty.TYPICAL, price);
        double best = best(input, new ArrayList<>(List.of(Move.LARGE)), AFTER_HEAD, price);
        assertEquals(best, plan.cost() + plan.charged() / price, 1e-9 * best);
        List<Move> moves = new ArrayList<>(List.of(Move.LARGE));
        moves.addAll(plan.moves());
        assertEquals(best, value(input, moves, price), 1e-9 * best);
    }

    private static double best(PlanInput input, List<Move> moves, RunPosition position, double price) {
        if (position.step() == input.end()) {
            return value(input, moves, price);
        }
        double best = Double.POSITIVE_INFINITY;
        for (Move move : input.costs().keySet()) {
            int since = position.since(move.source().anchor());
            boolean allowed = move.isLarge() || (since > 0 && (move.source().runsModel() || since <= REUSE));
            if (allowed) {
                moves.add(move);
                best = Math.min(best, best(input, moves, position.after(move), price));
                moves.remove(moves.size() - 1);
            }
        }
        return best;
    }

    /** Cost after the head, and what the ledger counts, by the price. */
    private static double value(PlanInput input, List<Move> moves, double price) {
        ErrorLedger ledger = new ErrorLedger(input.errors());
        moves.forEach(ledger::add);
        double cost = moves.stream().mapToDouble(Calibrations.COSTS::of).sum() - 1;
        return cost + ledger.charged(RequestDifficulty.TYPICAL, input.budget()) / price;
    }

    @Property(tries = 40)
    void thePlanStaysWithinWhatIsLeft(
            @ForAll @DoubleRange(min = 0.01, max = 1) double budget,
            @ForAll @DoubleRange(min = 0, max = 1) double share) {
        PlanInput input = input(20, 1.5, budget);
        Plan plan = Plan.within(input, AFTER_HEAD, RequestDifficulty.TYPICAL, share * budget, 1e6, 1);
        assertTrue(plan.charged() <= share * budget + 1e-12, plan.toString());
    }

    @Property(tries = 40)
    void theLedgerAddsByTheSumLaw(@ForAll @DoubleRange(min = 1, max = 2) double exponent) {
        StepErrors errors = new StepErrors(Calibrations.calibration(exponent), VectorRun.sigmas(6));
        ErrorLedger ledger = new ErrorLedger(errors);
        Schedule.ofLetters("PSSLRL").moves().forEach(ledger::add);
        double small = Math.pow(
                Math.pow(errors.weight(Source.SMALL, 1) * errors.residual(Source.SMALL, 1, 1), exponent)
                        + Math.pow(errors.weight(Source.SMALL, 2) * errors.residual(Source.SMALL, 2, 2), exponent),
                1 / exponent);
        double reused = errors.weight(Source.REUSED, 4) * errors.residual(Source.REUSED, 4, 1);
        assertEquals(small + reused, ledger.total(RequestDifficulty.TYPICAL), 1e-12);
    }
}
