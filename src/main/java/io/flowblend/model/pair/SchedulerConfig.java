package io.flowblend.model.pair;

import io.flowblend.model.ConfigFile;
import io.flowblend.model.PairSpec.DynamicShift;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The solver and the noise levels that a {@code scheduler_config.json} of diffusers stands for. Values that are absent have
 * the defaults of diffusers.
 *
 * @param solver {@code unipc}, {@code dpm++} or {@code euler}
 * @param order order of the solver
 * @param shift flow shift, above 0
 * @param dynamicShift how the shift follows from the video's size instead, if it does
 */
public record SchedulerConfig(String solver, int order, double shift, Optional<DynamicShift> dynamicShift) {
    private static final String FILE = "scheduler_config.json";

    /**
     * Reads {@code scheduler_config.json} in {@code folder}.
     *
     * @throws io.flowblend.file.InvalidFileException if it is missing, damaged, or of a kind that is not supported
     */
    public static SchedulerConfig read(Path folder) {
        ConfigFile config = ConfigFile.read(folder.resolve(FILE));
        config.require(
                "_class_name",
                "FlowMatchEulerDiscreteScheduler",
                "UniPCMultistepScheduler",
                "DPMSolverMultistepScheduler");
        for (String other : new String[] {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"}) {
            config.requireIfPresent(other, "false");
        }
        config.requireIfPresent("num_train_timesteps", "1000");
        return switch (config.architecture()) {
            case "UniPCMultistepScheduler" -> uniPc(config);
            case "DPMSolverMultistepScheduler" -> dpmPlusPlus(config);
            default -> euler(config);
        };
    }

    private static SchedulerConfig euler(ConfigFile config) {
        config.requireIfPresent("stochastic_sampling", "false");
        config.requireIfPresent("invert_sigmas", "false");
        double shift = config.positive("shift", 1);
        if (!config.flag("use_dynamic_shifting", false)) {
            config.requireAbsent("shift_terminal");
            return new SchedulerConfig("euler", 1, shift, Optional.empty());
        }
        config.requireIfPresent("time_shift_type", "exponential");
        DynamicShift dynamic = new DynamicShift(
                config.positive("base_shift", 0.5),
                config.positive("max_shift", 1.15),
                config.size("base_image_seq_len", 256),
                config.size("max_image_seq_len", 4096),
                config.has("shift_terminal") ? config.positive("shift_terminal", 0) : 0);
        return new SchedulerConfig("euler", 1, shift, Optional.of(dynamic));
    }

    private static SchedulerConfig uniPc(ConfigFile config) {
        requireFlow(config);
        config.requireIfPresent("solver_type", "bh2");
        config.requireIfPresent("predict_x0", "true");
        int order = config.size("solver_order", 2);
        if (order > 3) {
            throw config.unsupported("solver_order", "1 to 3");
        }
        return new SchedulerConfig("unipc", order, config.positive("flow_shift", 1), Optional.empty());
    }

    private static SchedulerConfig dpmPlusPlus(ConfigFile config) {
        requireFlow(config);
        config.requireIfPresent("solver_type", "midpoint");
        config.requireIfPresent("algorithm_type", "dpmsolver++");
        config.requireIfPresent("solver_order", "2");
        config.requireIfPresent("euler_at_final", "false");
        return new SchedulerConfig("dpm++", 2, config.positive("flow_shift", 1), Optional.empty());
    }

    private static void requireFlow(ConfigFile config) {
        config.require("use_flow_sigmas", "true");
        config.require("prediction_type", "flow_prediction");
        config.requireIfPresent("final_sigmas_type", "zero");
        config.requireIfPresent("lower_order_final", "true");
        config.requireIfPresent("use_dynamic_shifting", "false");
    }
}
