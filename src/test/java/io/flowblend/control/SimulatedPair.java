package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.VelocityDivergence;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * A pair as the controller sees it, in closed form: a true divergence over sigma, the true law by which errors reach the
 * result, and prompts that differ. No tensor and no clock; the same seed gives the same requests.
 *
 * @param divergence true mean relative L2 at a noise level
 * @param truth the true sensitivity and ceiling; its curve does not matter
 * @param spread standard deviation of the logarithm of a prompt's difficulty
 * @param noise standard deviation of the logarithm of a single reading
 */
record SimulatedPair(DoubleUnaryOperator divergence, Calibration truth, double spread, double noise) {
    /** {@code digits} as it was measured. */
    static SimulatedPair digits() {
        Calibration digits = Requests.DIGITS;
        return new SimulatedPair(digits.curve()::relativeL2, digits, 0.11, 0.03);
    }

    /** Its divergence times a factor. */
    SimulatedPair times(double factor) {
        return new SimulatedPair(sigma -> factor * divergence.applyAsDouble(sigma), truth, spread, noise);
    }

    SimulatedPair withDivergence(DoubleUnaryOperator other) {
        return new SimulatedPair(other, truth, spread, noise);
    }

    SimulatedPair withNoise(double other) {
        return new SimulatedPair(divergence, truth, spread, other);
    }

    /** The next prompt. */
    Prompt prompt(Random random) {
        return prompt(Math.exp(spread * random.nextGaussian()), random);
    }

    /** @param ratio of its divergence to the mean, 1 = typical */
    Prompt prompt(double ratio, Random random) {
        return new Prompt(ratio, random.nextLong());
    }

    /** One prompt with its seed. */
    final class Prompt {
        private final double ratio;
        private final long seed;

        private Prompt(double ratio, long seed) {
            this.ratio = ratio;
            this.seed = seed;
        }

        /** What a probe reads; the same at the same noise level. */
        VelocityDivergence read(double sigma) {
            Random random = new Random(seed + Double.hashCode(sigma));
            random.nextGaussian();
            double l2 = trueL2(sigma) * Math.exp(noise * random.nextGaussian());
            return new VelocityDivergence(Math.min(2, l2 * l2 / 2), l2, l2 * 100);
        }

        /** Early divergences hardly differ between prompts, later ones do. */
        private double trueL2(double sigma) {
            double tells = Math.min(1, new DeviationModel(truth).response(sigma));
            return divergence.applyAsDouble(sigma) * Math.pow(ratio, tells);
        }

        /** Deviation of a schedule: difficulty counts by the response, 1.9 on digits. */
        double deviation(String letters, double[] sigmas) {
            DeviationModel model = new DeviationModel(truth);
            double error = 0;
            for (int step = 0; step < letters.length(); step++) {
                if (letters.charAt(step) == 'S') {
                    error += model.weight(sigmas[step], sigmas[step + 1]) * divergence.applyAsDouble(sigmas[step]);
                }
            }
            return model.deviation(error * Math.pow(ratio, 1.9));
        }
    }
}
