package io.flowblend.control.plan;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;
import java.util.EnumMap;
import java.util.Map;

/**
 * Adds up the errors of a run's steps, for a request of difficulty 1: by source, {@code sum of e^p} with its exponent p.
 * A source that passes on an earlier step's velocity also passes on that one's residual, which counts for the source that
 * gave it. Control, fits and plans count by these rules alone.
 */
public final class ErrorLedger {
    private final StepErrors errors;
    private final Map<Source, Double> powers = new EnumMap<>(Source.class);
    private RunPosition position = RunPosition.START;

    public ErrorLedger(StepErrors errors) {
        this.errors = errors;
    }

    /** Takes the next move of the run into account. */
    public void add(Move move) {
        if (!move.isLarge()) {
            Source source = move.source();
            add(source, errorOf(source, position));
            if (source.passesOn() && !position.last().equals(Source.LARGE)) {
                add(position.last(), passedOn(position));
            }
        }
        position = position.after(move);
    }

    private void add(Source source, double error) {
        powers.merge(source, power(error, errors.model(source).exponent()), Double::sum);
    }

    /** Error that a source's own residual injects at a position. */
    private double errorOf(Source source, RunPosition at) {
        int since = at.since(source.anchor());
        return errors.weight(source, at.step()) * errors.residual(source, at.step(), since);
    }

    /** Error of the velocity that is passed on: the residual that it had when it was computed. */
    private double passedOn(RunPosition at) {
        return errors.weight(at.last(), at.step()) * passedOnResidual(errors, at);
    }

    static double passedOnResidual(StepErrors errors, RunPosition at) {
        int computed = at.step() - at.sinceModel();
        int since = Math.max(0, at.since(at.last().anchor()) - at.sinceModel());
        return errors.residual(at.last(), computed, since);
    }

    /** Whether the calibration knows the source of a move. */
    public boolean knows(Move move) {
        return errors.sources().contains(move.source());
    }

    /** Where the run stands. */
    public RunPosition position() {
        return position;
    }

    /** E: the sources' errors times the request's difficulty for each, added up. */
    public double total(RequestDifficulty difficulty) {
        double total = 0;
        for (Source source : powers.keySet()) {
            total += error(source, difficulty);
        }
        return total;
    }

    /** What was used of a budget, as {@link #charge} counts. */
    public double charged(RequestDifficulty difficulty, double budget) {
        double charged = 0;
        for (Source source : powers.keySet()) {
            charged += charge(error(source, difficulty), errors.model(source).exponent(), budget);
        }
        return charged;
    }

    /** The error of all steps of a source that was used. */
    private double error(Source source, RequestDifficulty difficulty) {
        double power = powers.getOrDefault(source, 0.0);
        return difficulty.factor(source)
                * Math.pow(power, 1 / errors.model(source).exponent());
    }

    /**
     * What an error counts in a sum that has to stay below the budget: {@code e^p budget^(1-p)}, so that steps of one source
     * that use the budget up alone add up to it.
     */
    static double charge(double error, double exponent, double budget) {
        return exponent == 1 || error == 0 ? error : power(error, exponent) * Math.pow(budget, 1 - exponent);
    }

    /** {@code value^exponent}, fast for the exponents that fits choose from. */
    static double power(double value, double exponent) {
        if (exponent == 1) {
            return value;
        }
        if (exponent == 1.5) {
            return value * Math.sqrt(value);
        }
        return exponent == 1.25 ? value * Math.sqrt(Math.sqrt(value)) : Math.pow(value, exponent);
    }

    /** The error that counts as much. */
    static double errorOfCharge(double charge, double exponent, double budget) {
        return exponent == 1 || charge == 0 ? charge : Math.pow(charge * Math.pow(budget, exponent - 1), 1 / exponent);
    }
}
