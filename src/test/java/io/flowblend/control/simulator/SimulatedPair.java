package io.flowblend.control.simulator;

import io.flowblend.divergence.SigmaBins;
import java.util.Random;

/**
 * Two velocity models in closed form on vectors of {@value #SIZE} values. The data is a mixture of Gaussians: few layouts,
 * far apart, each with a few details, close together; the prompt sets the prior. LARGE is the exact posterior mean D,
 *
 * <pre>  v = (x - D(x, sigma)) / sigma</pre>
 *
 * <p>so that the layout is decided early and details late. SMALL's velocity is LARGE's less a smooth structured error, whose
 * direction turns slowly along the run and with x.
 */
public final class SimulatedPair {
    static final int SIZE = 24;
    private static final int LAYOUTS = 4;
    private static final int DETAILS = 4;
    private static final int POINTS = LAYOUTS * DETAILS;
    private static final double LAYOUT_SIZE = 0.9;
    private static final double DETAIL_SIZE = 0.35;
    private static final double WITHIN = 0.25;

    /** Usual size of a velocity: noise and data of size 1 each. */
    private static final double VELOCITY = Math.sqrt(2.0 * SIZE);

    /** Turning of SMALL's error, in radians per bin; of LARGE's ripple. */
    private static final double TURN = 0.3;

    private static final double RIPPLE = 1.5;
    private static final double TURN_WITH_X = 0.15;
    private static final double OUTLIER = 3;
    private static final double ALIKE = 0.6;

    private final Scenario scenario;
    private final double[][] points = new double[POINTS][SIZE];
    private final double[] turns = new double[SIZE];

    /** @param seed of the data; the same seed gives the same pair whatever the scenario */
    public SimulatedPair(Scenario scenario, long seed) {
        this.scenario = scenario;
        Random random = new Random(seed);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            double[] centre = gaussian(random, LAYOUT_SIZE);
            for (int detail = 0; detail < DETAILS; detail++) {
                double[] offset = gaussian(random, DETAIL_SIZE);
                for (int i = 0; i < SIZE; i++) {
                    points[layout * DETAILS + detail][i] = centre[i] + offset[i];
                }
            }
        }
        for (int i = 0; i < SIZE; i++) {
            turns[i] = TURN * random.nextGaussian();
        }
    }

    public Scenario scenario() {
        return scenario;
    }

    private static double[] gaussian(Random random, double size) {
        double[] values = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = size * random.nextGaussian();
        }
        return values;
    }

    /** Prompts one after another, each somewhat like the one before. */
    public final class Prompts {
        private final Random random;
        private double mood;

        Prompts(long seed) {
            this.random = new Random(seed);
            this.mood = random.nextGaussian();
        }

        public Prompt next() {
            mood = ALIKE * mood + Math.sqrt(1 - ALIKE * ALIKE) * heavy();
            double own = Math.exp(scenario.spread() * mood);
            boolean outlier = random.nextDouble() < scenario.outliers();
            boolean fails = random.nextDouble() < scenario.failures();
            double[] logPrior = new double[POINTS];
            double peak = 1.5 + random.nextDouble();
            double[] layouts = {
                peak * random.nextGaussian(), peak * random.nextGaussian(), peak * random.nextGaussian(), 0
            };
            for (int k = 0; k < POINTS; k++) {
                logPrior[k] = layouts[k / DETAILS] + random.nextGaussian();
            }
            return new Prompt(
                    logPrior,
                    gaussian(random, 1),
                    gaussian(random, Math.PI),
                    outlier ? OUTLIER * own : own,
                    Math.exp(0.5 * scenario.spread() * (mood + heavy())),
                    fails ? random.nextDouble() : 0);
        }

        /** Student's t with 5 degrees of freedom, to unit variance. */
        private double heavy() {
            double chi = 0;
            for (int i = 0; i < 5; i++) {
                chi += Math.pow(random.nextGaussian(), 2);
            }
            return random.nextGaussian() / Math.sqrt(chi / 3);
        }
    }

    public Prompts prompts(long seed) {
        return new Prompts(seed);
    }

    /**
     * One prompt with its seed.
     *
     * @param logPrior of the data's points
     * @param noise that the run begins with
     * @param phases of SMALL's error and LARGE's ripple
     * @param hard factor on SMALL's divergence
     * @param restless factor on LARGE's ripple
     * @param failsBelow SMALL fails at noise levels below it; 0 = never
     */
    public record Prompt(
            double[] logPrior, double[] noise, double[] phases, double hard, double restless, double failsBelow) {}

    /** The velocity of LARGE's conditional pass. */
    double[] conditional(Prompt prompt, double[] x, double sigma) {
        double[] v = exact(prompt.logPrior(), x, sigma);
        ripple(prompt, v, sigma);
        return v;
    }

    /** LARGE's velocity, guidance included. */
    double[] large(Prompt prompt, double[] x, double sigma) {
        double[] v = conditional(prompt, x, sigma);
        if (scenario.guidance() == 1) {
            return v;
        }
        double[] plain = exact(new double[POINTS], x, sigma);
        ripple(prompt, plain, sigma);
        for (int i = 0; i < SIZE; i++) {
            v[i] = plain[i] + scenario.guidance() * (v[i] - plain[i]);
        }
        return v;
    }

    /** SMALL's velocity; not finite where it fails. */
    double[] small(Prompt prompt, double[] x, double sigma) {
        double[] v = large(prompt, x, sigma);
        double position = SigmaBins.position(sigma);
        double size = scenario.small() * prompt.hard() * scenario.shape().applyAsDouble(position) * VELOCITY;
        for (int i = 0; i < SIZE; i++) {
            double angle = prompt.phases()[i] + turns[i] * position + TURN_WITH_X * x[(i + 7) % SIZE];
            v[i] -= size * Math.sin(angle) / Math.sqrt(SIZE / 2.0);
        }
        if (sigma < prompt.failsBelow()) {
            v[0] = Double.NaN;
        }
        return v;
    }

    private void ripple(Prompt prompt, double[] v, double sigma) {
        double size = scenario.restless() * prompt.restless() * VELOCITY / Math.sqrt(SIZE / 2.0);
        double position = SigmaBins.position(sigma);
        for (int i = 0; i < SIZE; i++) {
            v[i] += size * Math.sin(2 * prompt.phases()[(i + 3) % SIZE] + RIPPLE * position);
        }
    }

    private double[] exact(double[] logPrior, double[] x, double sigma) {
        double signal = 1 - sigma;
        double variance = sigma * sigma + signal * signal * WITHIN * WITHIN;
        double[] weights = new double[POINTS];
        double most = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < POINTS; k++) {
            double squares = 0;
            double[] point = points[k];
            for (int i = 0; i < SIZE; i++) {
                double gap = x[i] - signal * point[i];
                squares += gap * gap;
            }
            weights[k] = logPrior[k] - squares / (2 * variance);
            most = Math.max(most, weights[k]);
        }
        double sum = 0;
        double[] mean = new double[SIZE];
        for (int k = 0; k < POINTS; k++) {
            double weight = Math.exp(weights[k] - most);
            if (weight > 1e-12) {
                sum += weight;
                for (int i = 0; i < SIZE; i++) {
                    mean[i] += weight * points[k][i];
                }
            }
        }
        double shrink = signal * WITHIN * WITHIN / variance;
        double[] v = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            double centre = mean[i] / sum;
            v[i] = (x[i] - centre - shrink * (x[i] - signal * centre)) / sigma;
        }
        return v;
    }
}
