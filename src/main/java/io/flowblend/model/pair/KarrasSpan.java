package io.flowblend.model.pair;

import io.flowblend.model.ConfigFile;
import io.flowblend.model.SolverForm.NoiseSpan;

/**
 * The span of Karras's levels that a {@code UniPCMultistepScheduler} has: its {@code sigma_max} and {@code sigma_min} or, where one is
 * not given, what the betas make of it, in float32 as diffusers 0.42.1 does.
 */
final class KarrasSpan {
    private static final int TIMESTEPS = 1000;

    private KarrasSpan() {}

    static NoiseSpan of(ConfigFile config) {
        if (!config.has("sigma_max") || !config.has("sigma_min")) {
            config.requireAbsent("trained_betas");
            config.requireIfPresent("rescale_betas_zero_snr", "false");
            config.requireIfPresent("beta_schedule", "linear", "scaled_linear");
        }
        double[] made = ofBetas(config);
        double highest = config.positive("sigma_max", made[0]);
        double lowest = config.positive("sigma_min", made[1]);
        if (lowest >= highest) {
            throw config.unsupported("sigma_min", "a number below 'sigma_max', " + highest);
        }
        return new NoiseSpan(highest, lowest);
    }

    /** {@code sqrt((1 - a) / a)} at the last and the first timestep, a the product of {@code 1 - beta} up to there. */
    private static double[] ofBetas(ConfigFile config) {
        boolean scaled = config.text("beta_schedule").equals("\"scaled_linear\"");
        double start = config.positive("beta_start", 0.0001);
        double end = config.positive("beta_end", 0.02);
        double first = scaled ? Math.sqrt(start) : start;
        double last = scaled ? Math.sqrt(end) : end;
        double product = 1;
        double lowest = 0;
        for (int i = 0; i < TIMESTEPS; i++) {
            float even = (float) (first + (last - first) * i / (TIMESTEPS - 1));
            product *= 1 - (scaled ? even * even : even);
            if (i == 0) {
                lowest = noiseOverData((float) product);
            }
        }
        return new double[] {noiseOverData((float) product), lowest};
    }

    private static double noiseOverData(float kept) {
        return Math.sqrt((1 - kept) / kept);
    }
}
