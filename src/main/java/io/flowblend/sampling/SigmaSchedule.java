package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.PairSpec;
import io.flowblend.model.PairSpec.Spacing;
import io.flowblend.model.SolverForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * The noise levels {@code sigma_0 > sigma_1 > ... > sigma_N = 0} of a run of N steps, and the level that the models are
 * told at each of them.
 *
 * <p>The flow shift s moves steps towards noise: {@code shift(sigma) = s sigma / (1 + (s - 1) sigma)}; it is monotone,
 * keeps 0 and 1 in place, and s = 1 is identity (Esser et al. 2024, arXiv 2403.03206, equation 23). Each solver has its
 * own end points before the shift, and rounds its levels to float32, as the schedulers of diffusers 0.42.1 do: models
 * are used with the levels that they were tuned for.
 */
public final class SigmaSchedule {
    /** Training timesteps of flow models: a model that counts in timesteps sees {@code 1000 sigma}. */
    private static final int TIMESTEPS = 1000;

    private static final double LOWEST = 1.0 / TIMESTEPS;

    /** Where a multistep solver begins instead of at 1, whose log signal-to-noise ratio is minus infinity. */
    private static final double BELOW_ONE = 1e-6;

    /** Share of the noise that the even steps of {@link #linearQuadratic} remove. */
    private static final double REMOVED_EVENLY = 0.025;

    /** Of the spacing after Karras et al. 2022, arXiv 2206.00364, equation 5. */
    private static final double KARRAS_RHO = 7;

    /** Both parameters of the beta distribution whose quantiles {@link Spacing#BETA} takes (Lee et al. 2024, arXiv 2407.12173). */
    private static final double BETA_SHAPE = 0.6;

    private static final double BETA_ACCURACY = 1e-12;

    private final double[] sigmas;
    private final double[] modelSigmas;

    private SigmaSchedule(double[] sigmas, double[] modelSigmas) {
        if (sigmas.length < 2) {
            throw new IllegalArgumentException("a schedule needs at least one step");
        }
        if (!(sigmas[0] <= 1) || sigmas[sigmas.length - 1] != 0) {
            throw new IllegalArgumentException("sigmas have to begin at 1 or below and end at 0, but go from "
                    + sigmas[0] + " to " + sigmas[sigmas.length - 1]);
        }
        for (int k = 0; k + 1 < sigmas.length; k++) {
            if (!(sigmas[k] > sigmas[k + 1])) {
                throw new IllegalArgumentException("sigmas have to fall in every step, but step " + k + " goes from "
                        + sigmas[k] + " to " + sigmas[k + 1]);
            }
        }
        this.sigmas = sigmas;
        this.modelSigmas = modelSigmas;
    }

    /**
     * The levels of a pair's run.
     *
     * @param shift flow shift, of no meaning where the pair's levels are listed
     * @throws IllegalArgumentException if there are none that fall in every step
     */
    public static SigmaSchedule of(PairSpec.Sampling sampling, int steps, double shift) {
        if (sampling.timesteps().isPresent()) {
            List<Double> listed = sampling.timesteps().get().listed();
            return listed.isEmpty() ? linearQuadratic(steps) : listed(sampling.solver(), listed);
        }
        return sampling.dynamicShift()
                .map(dynamic -> dynamic(steps, Math.log(shift), dynamic.terminal(), sampling.spacing()))
                .orElseGet(() -> switch (sampling.solver()) {
                    case "unipc" -> sampling.form()
                            .karras()
                            .map(span -> uniPc(steps, span))
                            .orElseGet(() -> uniPc(steps, shift));
                    case "dpm++" -> dpmPlusPlus(steps, shift);
                    default -> euler(steps, shift, sampling.spacing());
                });
    }

    /** Listed levels, as 1000 times each; solvers that tell models whole timesteps tell them rounded down. */
    static SigmaSchedule listed(String solver, List<Double> timesteps) {
        if (!solver.equals("unipc") && !solver.equals("dpm++")) {
            return timesteps(timesteps);
        }
        double[] sigmas = timesteps.stream().mapToDouble(t -> t / TIMESTEPS).toArray();
        sigmas[0] -= sigmas[0] > 1 - BELOW_ONE ? BELOW_ONE : 0;
        return inWholeTimesteps(sigmas);
    }

    /** Any strictly falling levels from 1 or below to 0; models are told the same ones. */
    public static SigmaSchedule of(double... sigmas) {
        return new SigmaSchedule(sigmas.clone(), Arrays.copyOf(sigmas, Math.max(0, sigmas.length - 1)));
    }

    /**
     * Flow Euler: evenly from 1 to {@code shift(1/1000)}, then shifted (so the lowest level is shifted twice), then 0.
     *
     * @param shift flow shift, above 0
     */
    public static SigmaSchedule euler(int steps, double shift) {
        return euler(steps, shift, Spacing.SHIFTED);
    }

    /** As {@link #euler(int, double)}, and then spaced anew between the highest and the lowest of these levels. */
    public static SigmaSchedule euler(int steps, double shift, Spacing spacing) {
        requireSteps(steps);
        requireShift(shift);
        double lowest = (float) shifted((float) LOWEST, shift);
        double[] timesteps = evenly(TIMESTEPS, lowest * TIMESTEPS, steps);
        double[] sigmas = new double[steps];
        for (int k = 0; k < steps; k++) {
            sigmas[k] = shifted(timesteps[k] / TIMESTEPS, shift);
        }
        return inFloats(spaced(sigmas, spacing));
    }

    private static SigmaSchedule inFloats(double[] starts) {
        double[] sigmas = new double[starts.length + 1];
        for (int k = 0; k < starts.length; k++) {
            sigmas[k] = (float) starts[k];
        }
        return of(sigmas);
    }

    /** As many levels from the first to the last of {@code levels}, spaced otherwise. */
    private static double[] spaced(double[] levels, Spacing spacing) {
        int count = levels.length;
        double high = levels[0];
        double low = levels[count - 1];
        double[] ramp = evenly(0, 1, count);
        return switch (spacing) {
            case SHIFTED -> levels;
            case KARRAS -> karras(high, low, count);
            case EXPONENTIAL -> Arrays.stream(evenly(Math.log(high), Math.log(low), count))
                    .map(Math::exp)
                    .toArray();
            case BETA -> {
                BetaDistribution beta = new BetaDistribution(null, BETA_SHAPE, BETA_SHAPE, BETA_ACCURACY);
                yield Arrays.stream(ramp)
                        .map(r -> low + beta.inverseCumulativeProbability(1 - r) * (high - low))
                        .toArray();
            }
        };
    }

    private static double[] karras(double high, double low, int count) {
        double top = Math.pow(high, 1 / KARRAS_RHO);
        double bottom = Math.pow(low, 1 / KARRAS_RHO);
        return Arrays.stream(evenly(0, 1, count))
                .map(r -> Math.pow(top + r * (bottom - top), KARRAS_RHO))
                .toArray();
    }

    /**
     * Flow Euler with the shift {@code e^mu} that depends on the resolution: evenly from 1 to 1/N, shifted, then
     * stretched so that the last level before 0 is {@code terminal}.
     *
     * @param mu logarithm of the shift
     * @param terminal last level before 0, within (0, 1), or 0 to leave the levels unstretched
     */
    public static SigmaSchedule dynamic(int steps, double mu, double terminal) {
        return dynamic(steps, mu, terminal, Spacing.SHIFTED);
    }

    /** As {@link #dynamic(int, double, double)}, and then spaced anew between the highest and the lowest of these levels. */
    public static SigmaSchedule dynamic(int steps, double mu, double terminal, Spacing spacing) {
        requireSteps(steps);
        requireShift(Math.exp(mu));
        if (!(terminal >= 0 && terminal < 1) || (terminal > 0 && steps == 1)) {
            throw new IllegalArgumentException(
                    "the last level " + terminal + " is not possible with " + steps + " steps");
        }
        double[] even = evenly(1, 1.0 / steps, steps);
        double[] sigmas = new double[steps];
        for (int k = 0; k < steps; k++) {
            sigmas[k] = shifted((float) even[k], Math.exp(mu));
        }
        double stretch = terminal == 0 ? 1 : (1 - terminal) / (1 - sigmas[steps - 1]);
        for (int k = 0; k < steps; k++) {
            sigmas[k] = 1 - (1 - sigmas[k]) * stretch;
        }
        return inFloats(spaced(sigmas, spacing));
    }

    /**
     * Flow Euler at listed levels, which no shift moves; models are told the timesteps as they are listed.
     *
     * @param timesteps 1000 times the level of each step, falling, at most 1000 and above 0
     */
    public static SigmaSchedule timesteps(List<Double> timesteps) {
        requireSteps(timesteps.size());
        double[] sigmas = new double[timesteps.size() + 1];
        double[] told = new double[timesteps.size()];
        for (int k = 0; k < told.length; k++) {
            float timestep = timesteps.get(k).floatValue();
            sigmas[k] = timestep / (float) TIMESTEPS;
            told[k] = (double) timestep / TIMESTEPS;
        }
        return new SigmaSchedule(sigmas, told);
    }

    /**
     * Flow Euler on the levels that LTX-Video 0.9.5 and later are made for: the first half of the steps removes a
     * fortieth of the noise, evenly; from there on the level falls along the parabola that goes on at the same slope and
     * reaches 0. In diffusers 0.42.1 these are the timesteps of {@code LTXConditionPipeline}.
     */
    public static SigmaSchedule linearQuadratic(int steps) {
        requireSteps(steps);
        int linear = steps / 2;
        int quadratic = steps - linear;
        double slope = linear == 0 ? 0 : REMOVED_EVENLY / linear;
        double curve = (1 - REMOVED_EVENLY - slope * quadratic) / ((double) quadratic * quadratic);
        List<Double> timesteps = new ArrayList<>();
        for (int k = 0; k < steps; k++) {
            int bent = Math.max(0, k - linear);
            float sigma = (float) (1 - slope * k - curve * bent * bent);
            timesteps.add((double) (sigma * TIMESTEPS));
        }
        return timesteps(timesteps);
    }

    /**
     * UniPC on flow sigmas: N of N + 1 even levels from 1 to 1/1000, shifted, the first 1e-6 below 1, then 0. Models are
     * told whole timesteps, rounded down.
     *
     * @param shift flow shift, above 0
     */
    public static SigmaSchedule uniPc(int steps, double shift) {
        requireSteps(steps);
        requireShift(shift);
        double[] even = evenly(1, LOWEST, steps + 1);
        double[] sigmas = new double[steps];
        for (int k = 0; k < steps; k++) {
            sigmas[k] = shifted(even[k], shift);
        }
        sigmas[0] -= BELOW_ONE;
        return inWholeTimesteps(sigmas);
    }

    /** UniPC after Karras: no shift, but noise over data {@code sigma / (1 - sigma)} evenly in its seventh root. */
    static SigmaSchedule uniPc(int steps, SolverForm.NoiseSpan span) {
        requireSteps(steps);
        return inWholeTimesteps(Arrays.stream(karras(span.highest(), span.lowest(), steps))
                .map(ratio -> ratio / (ratio + 1))
                .toArray());
    }

    /**
     * DPM-Solver++ on flow sigmas: N of N + 1 even levels from 0.999 to 0, shifted, then 0. Models are told whole
     * timesteps, rounded down.
     *
     * @param shift flow shift, above 0
     */
    public static SigmaSchedule dpmPlusPlus(int steps, double shift) {
        requireSteps(steps);
        requireShift(shift);
        double[] alphas = evenly(1, LOWEST, steps + 1);
        double[] sigmas = new double[steps];
        for (int k = 0; k < steps; k++) {
            sigmas[k] = shifted(1 - alphas[steps - k], shift);
        }
        return inWholeTimesteps(sigmas);
    }

    public int steps() {
        return modelSigmas.length;
    }

    /** Noise level {@code sigma_k}, k in 0..N. */
    public double sigma(int k) {
        return sigmas[k];
    }

    /** Noise level that models are told at step k: sigma_k, or what is left of it in whole timesteps. */
    public double modelSigma(int k) {
        return modelSigmas[k];
    }

    /** All N + 1 levels, a copy. */
    public double[] sigmas() {
        return sigmas.clone();
    }

    /** The first step that the expert below a noise level makes; empty if it makes none, or all. */
    public OptionalInt firstBelow(NoiseBoundary boundary) {
        return IntStream.range(1, steps())
                .filter(k -> boundary.isAbove(modelSigmas[k]) && !boundary.isAbove(modelSigmas[k - 1]))
                .findFirst();
    }

    public Step step(int k) {
        return new Step(k, steps(), sigmas[k], sigmas[k + 1]);
    }

    static double shifted(double sigma, double shift) {
        return shift * sigma / (1 + (shift - 1) * sigma);
    }

    private static SigmaSchedule inWholeTimesteps(double[] starts) {
        double[] sigmas = new double[starts.length + 1];
        double[] told = new double[starts.length];
        for (int k = 0; k < starts.length; k++) {
            sigmas[k] = (float) starts[k];
            told[k] = Math.floor(starts[k] * TIMESTEPS) / TIMESTEPS;
        }
        return new SigmaSchedule(sigmas, told);
    }

    /** {@code count} values from {@code first} to {@code last} at equal distances, by the operations that numpy uses. */
    private static double[] evenly(double first, double last, int count) {
        double[] values = new double[count];
        double gap = (last - first) / (count - 1);
        for (int i = 0; i < count; i++) {
            values[i] = i * gap + first;
        }
        values[count - 1] = count == 1 ? first : last;
        return values;
    }

    private static void requireSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps has to be at least 1, but is " + steps);
        }
    }

    private static void requireShift(double shift) {
        if (!(shift > 0) || Double.isInfinite(shift)) {
            throw new IllegalArgumentException("flow shift has to be above 0 and finite, but is " + shift);
        }
    }
}
