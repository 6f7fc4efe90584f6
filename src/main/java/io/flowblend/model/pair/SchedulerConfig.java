package io.flowblend.model.pair;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.PairSpec.DynamicShift;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The solver and the noise levels that a {@code scheduler_config.json} of diffusers stands for. Values that are absent have
 * the defaults of diffusers.
 *
 * @param solver {@code unipc}, {@code dpm++} or {@code euler}
 * @param order order of the solver
 * @param shift flow shift, above 0
 * @param dynamicShift how the shift follows from the video's size instead, if it does
 * @param uncorrectedSteps steps of unipc, from 0, whose outcome is not corrected in the next one
 */
public record SchedulerConfig(
        String solver, int order, double shift, Optional<DynamicShift> dynamicShift, List<Integer> uncorrectedSteps) {
    private static final String FILE = "scheduler_config.json";

    public SchedulerConfig {
        uncorrectedSteps = List.copyOf(uncorrectedSteps);
    }

    /** Every step is corrected, where the solver corrects. */
    public SchedulerConfig(String solver, int order, double shift, Optional<DynamicShift> dynamicShift) {
        this(solver, order, shift, dynamicShift, List.of());
    }

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
        return switch (config.architecture()) {
            case "UniPCMultistepScheduler" -> uniPc(config);
            case "DPMSolverMultistepScheduler" -> dpmPlusPlus(config);
            default -> euler(config);
        };
    }

    private static SchedulerConfig euler(ConfigFile config) {
        ConfigContract.EULER.check(config);
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
        ConfigContract.UNIPC.check(config);
        int order = config.size("solver_order", 2);
        if (order > 3) {
            throw config.unsupported("solver_order", "1 to 3");
        }
        return new SchedulerConfig(
                "unipc",
                order,
                config.positive("flow_shift", 1),
                Optional.empty(),
                config.indexes("disable_corrector"));
    }

    private static SchedulerConfig dpmPlusPlus(ConfigFile config) {
        ConfigContract.DPM.check(config);
        return new SchedulerConfig("dpm++", 2, config.positive("flow_shift", 1), Optional.empty());
    }
}
