package io.flowblend.control;

import io.flowblend.calibration.DeviationModel;

/** Adds up the errors of the steps decided so far, for a request with factors 1, and knows whose velocity came last. */
final class SpentError {
    private final DeviationModel model;
    private double small;
    private double reusedSquares;
    private double lastSmall;
    private double computedAt = 1;
    private int lag = 1;
    private boolean bySmall;

    SpentError(DeviationModel model) {
        this.model = model;
    }

    void add(Step step, Role role) {
        double error = model.error(step.sigma(), step.nextSigma());
        lastSmall = 0;
        if (role == Role.REUSED) {
            reusedSquares += Math.pow(model.reuseError(computedAt, step.sigma(), step.nextSigma()), 2);
            lag++;
        } else {
            computedAt = step.sigma();
            lag = 1;
            bySmall = role == Role.SMALL;
        }
        if (bySmall) {
            small += error;
            lastSmall = error;
        }
    }

    /** The last step was made by LARGE after all. */
    void smallFailed() {
        small = Math.max(0, small - lastSmall);
        lastSmall = 0;
        bySmall = false;
    }

    /** Steps since a model ran; 1 if it made the last one. */
    int lag() {
        return lag;
    }

    /** Whether SMALL was the last model to run. */
    boolean bySmall() {
        return bySmall;
    }

    /** For a request with these factors. */
    double total(Factors factors) {
        return DeviationModel.combined(factors.small() * small, Math.pow(factors.reused(), 2) * reusedSquares);
    }

    /** What it takes of a budget, as {@link io.flowblend.calibration.RunSteps} counts. */
    double of(double budget, Factors factors) {
        double reused = reusedSquares == 0 ? 0 : Math.pow(factors.reused(), 2) * reusedSquares / budget;
        return factors.small() * small + reused;
    }
}
