package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.plan.ErrorLedger;
import io.flowblend.control.plan.PlanInput;
import io.flowblend.control.plan.RequestDifficulty;
import io.flowblend.control.plan.RunPosition;
import io.flowblend.control.plan.StepErrors;
import io.flowblend.control.simulator.VectorRun;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/**
 * What the trace states is what decided: each step's choice is worked out again by going through all schedules, with the
 * compared residual just below and just above the stated threshold.
 */
class TraceTruthTest {
    private static final int STEPS = 7;
    private static final int REUSE = 2;

    private static PlanInput input(double budget, List<Double> ceiling) {
        Map<Move, Double> costs = new LinkedHashMap<>();
        for (Move move : List.of(Move.LARGE, Move.PROBE, Move.of(Source.SMALL), Move.of(Source.REUSED))) {
            costs.put(move, Calibrations.COSTS.of(move));
        }
        StepErrors errors = new StepErrors(Calibrations.calibration(1.5), VectorRun.sigmas(STEPS));
        return new PlanInput(errors, costs, STEPS, REUSE, STEPS, ceiling, 0, budget);
    }

    private static final ControlLimits LIMITS =
            new ControlLimits(0.05, 0, 0.3, 1, ControlLimits.NO_CEILING, 1.2, 0, 0.95, 0.4, false, false);

    private static List<Decision> decisions(PlanInput input, double price) {
        AdaptivePolicy policy =
                new AdaptivePolicy(input, LIMITS, price, OptionalLong.empty(), true, OptionalInt.empty());
        List<Decision> decisions = new ArrayList<>();
        double[] sigmas = VectorRun.sigmas(STEPS);
        for (int step = 0; step < STEPS; step++) {
            decisions.add(policy.decide(new Step(step, STEPS, sigmas[step], sigmas[step + 1])));
        }
        return decisions;
    }

    @Property(tries = 12)
    void theOtherSideOfAThresholdIsTheOtherDecision(@ForAll @DoubleRange(min = 0.01, max = 0.3) double price) {
        PlanInput input = input(10, ControlLimits.NO_CEILING);
        List<Move> made = new ArrayList<>();
        int compared = 0;
        for (Decision decision : decisions(input, price)) {
            Optional<Decision.Comparison> comparison = decision.comparison();
            if (comparison.isPresent() && decision.reason() != Reason.WITHIN_HYSTERESIS) {
                Decision.Comparison stated = comparison.get();
                Source source = Source.ofLetter(stated.letter());
                double threshold = decision.reason() == Reason.ABOVE_THRESHOLD
                        ? stated.threshold() / LIMITS.hysteresis()
                        : stated.threshold();
                assertTrue(isBest(input, made, source, price, 0.999 * threshold), () -> decision + " after " + made);
                assertTrue(!isBest(input, made, source, price, 1.001 * threshold), () -> decision + " after " + made);
                assertEquals(stated.figure(), residual(input, made, source), 1e-12);
                assertEquals(decision.move().source() == source, stated.allows());
                compared++;
            }
            made.add(decision.move());
        }
        assertTrue(compared > 0);
    }

    private static RunPosition position(List<Move> made) {
        RunPosition position = RunPosition.START;
        for (Move move : made) {
            position = position.after(move);
        }
        return position;
    }

    private static double residual(PlanInput input, List<Move> made, Source source) {
        RunPosition at = position(made);
        return input.errors().residual(source, at.step(), at.since(source.anchor()));
    }

    /** Whether a source is the best move of the step to come if its residual there is {@code residual}. */
    private static boolean isBest(PlanInput input, List<Move> made, Source source, double price, double residual) {
        double own = Double.POSITIVE_INFINITY;
        double others = Double.POSITIVE_INFINITY;
        RunPosition at = position(made);
        for (Move move : moves(input, at)) {
            List<Move> moves = new ArrayList<>(made);
            moves.add(move);
            double best = best(input, moves, at.after(move), price);
            if (move.source() == source) {
                double weight = input.errors().weight(source, at.step());
                own = best
                        + charge(input, source, weight * residual) / price
                        - charge(input, source, weight * residual(input, made, source)) / price;
            } else {
                others = Math.min(others, best);
            }
        }
        return own < others;
    }

    private static double charge(PlanInput input, Source source, double error) {
        double exponent = input.errors().model(source).exponent();
        return Math.pow(error, exponent) * Math.pow(input.budget(), 1 - exponent);
    }

    private static List<Move> moves(PlanInput input, RunPosition at) {
        return input.costs().keySet().stream()
                .filter(move -> move.isLarge()
                        || (at.since(move.source().anchor()) > 0
                                && (move.source().runsModel()
                                        || at.since(move.source().anchor()) <= REUSE)))
                .toList();
    }

    private static double best(PlanInput input, List<Move> moves, RunPosition position, double price) {
        if (position.step() == input.end()) {
            ErrorLedger ledger = new ErrorLedger(input.errors());
            moves.forEach(ledger::add);
            return moves.stream().mapToDouble(Calibrations.COSTS::of).sum()
                    + ledger.charged(RequestDifficulty.TYPICAL, input.budget()) / price;
        }
        double best = Double.POSITIVE_INFINITY;
        for (Move move : moves(input, position)) {
            moves.add(move);
            best = Math.min(best, best(input, moves, position.after(move), price));
            moves.remove(moves.size() - 1);
        }
        return best;
    }

    @Test
    void budgetIsTheReasonOnlyWhereAWiderBudgetRunsACheaperMove() {
        int held = 0;
        for (double budget : new double[] {0.005, 0.01, 0.02, 0.04, 0.08}) {
            PlanInput input = input(budget, ControlLimits.NO_CEILING);
            List<Move> made = new ArrayList<>();
            for (Decision decision : decisions(input, 0.1)) {
                boolean wanted = !bestMove(input, made, 0.1).isLarge();
                if (decision.reason() == Reason.BUDGET) {
                    assertTrue(wanted, decision + " after " + made);
                    held++;
                } else if (decision.reason() == Reason.PLAN && decision.move().isLarge()) {
                    assertTrue(!wanted, decision + " after " + made);
                }
                made.add(decision.move());
            }
        }
        assertTrue(held > 0);
    }

    private static Move bestMove(PlanInput input, List<Move> made, double price) {
        RunPosition at = position(made);
        Map<Move, Double> values = new HashMap<>();
        for (Move move : moves(input, at)) {
            List<Move> moves = new ArrayList<>(made);
            moves.add(move);
            values.put(move, best(input, moves, at.after(move), price));
        }
        return Collections.min(values.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    @Test
    void ceilingIsTheReasonOnlyWhereWithoutItSmallRuns() {
        List<Double> halfBarred = new ArrayList<>(ControlLimits.NO_CEILING);
        Collections.fill(halfBarred.subList(SigmaBins.COUNT / 2, SigmaBins.COUNT), 0.1);
        PlanInput barred = input(10, halfBarred);
        Set<Reason> reasons = EnumSet.noneOf(Reason.class);
        List<Move> made = new ArrayList<>();
        double[] sigmas = VectorRun.sigmas(STEPS);
        for (Decision decision : decisions(barred, 0.05)) {
            reasons.add(decision.reason());
            if (decision.reason() == Reason.CEILING) {
                Decision.Comparison stated = decision.comparison().orElseThrow();
                assertEquals(0.1, stated.threshold());
                assertTrue(!stated.allows());
            }
            boolean isBarred = SigmaBins.indexOf(sigmas[made.size()]) >= SigmaBins.COUNT / 2;
            assertTrue(!isBarred || decision.move().source() != Source.SMALL, "SMALL is barred at step " + made.size());
            made.add(decision.move());
        }
        assertTrue(made.stream().anyMatch(move -> move.source() == Source.SMALL), "SMALL runs where it is not barred");
    }
}
