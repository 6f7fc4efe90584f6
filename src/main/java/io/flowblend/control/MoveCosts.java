package io.flowblend.control;

import io.flowblend.calibration.Source;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the moves of a run cost, in units of a LARGE step.
 *
 * @param small cost of SMALL's step, 0 and up
 * @param conditional cost of LARGE's conditional pass alone; 1 where there is no guidance
 */
public record MoveCosts(double small, double conditional) {
    public MoveCosts {
        if (!(small >= 0 && conditional > 0 && conditional <= 1)) {
            throw new IllegalArgumentException(
                    "small must be 0 or more and conditional in 0..1, not " + small + ", " + conditional);
        }
    }

    public double of(Move move) {
        double own =
                switch (move.source()) {
                    case LARGE -> 1;
                    case SMALL -> small;
                    case REUSED -> 0;
                    case GUIDANCE_REUSED -> conditional;
                };
        return move.probe() ? own + small : own;
    }

    public double of(Schedule schedule) {
        return schedule.moves().stream().mapToDouble(this::of).sum();
    }

    /** The moves that limits allow and that may save anything, with their costs. */
    public Map<Move, Double> offered(ControlLimits limits, int steps) {
        Map<Move, Double> offered = new LinkedHashMap<>();
        for (Move move : Move.ALL) {
            boolean allowed =
                    switch (move.source()) {
                        case LARGE -> !move.probe() || limits.stretchSteps(steps) > 0;
                        case SMALL -> limits.stretchSteps(steps) > 0;
                        case REUSED -> limits.reuseSteps(steps) > 0;
                        case GUIDANCE_REUSED -> limits.guidanceReuse() && limits.stretchSteps(steps) > 0;
                    };
            if (allowed && (move.isLarge() || of(move) < 1)) {
                offered.put(move, of(move));
            }
        }
        return offered;
    }

    /** Letters of the cheaper sources among moves, in alphabetical order: what promises are kept by. */
    public static String mix(Iterable<Move> moves) {
        StringBuilder letters = new StringBuilder();
        for (Move move : moves) {
            if (move.source() != Source.LARGE) {
                letters.append(move.letter());
            }
        }
        return letters.chars()
                .sorted()
                .distinct()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
