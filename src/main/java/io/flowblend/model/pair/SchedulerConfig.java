package io.flowblend.model.pair;

import io.flowblend.model.ConfigContract;
import io.flowblend.model.ConfigFile;
import io.flowblend.model.PairSpec.DynamicShift;
import io.flowblend.model.PairSpec.Spacing;
import io.flowblend.model.SolverForm;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The solver and the noise levels that a {@code scheduler_config.json} of diffusers stands for. Values that are absent have
 * the defaults of diffusers.
 *
 * @param solver {@code unipc}, {@code dpm++}, {@code euler}, {@code heun} or {@code lcm}
 * @param order order of the solver
 * @param shift flow shift, above 0
 * @param dynamicShift how the shift follows from the video's size instead, if it does
 * @param form of the solver
 * @param spacing of the levels between the highest and the lowest
 */
public record SchedulerConfig(
        String solver, int order, double shift, Optional<DynamicShift> dynamicShift, SolverForm form, Spacing spacing) {
    private static final String FILE = "scheduler_config.json";

    /** The solver in its plain form. */
    public SchedulerConfig(String solver, int order, double shift, Optional<DynamicShift> dynamicShift) {
        this(solver, order, shift, dynamicShift, SolverForm.PLAIN, Spacing.SHIFTED);
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
                "FlowMatchHeunDiscreteScheduler",
                "FlowMatchLCMScheduler",
                "UniPCMultistepScheduler",
                "DPMSolverMultistepScheduler");
        return switch (config.architecture()) {
            case "UniPCMultistepScheduler" -> uniPc(config);
            case "DPMSolverMultistepScheduler" -> dpmPlusPlus(config);
            case "FlowMatchHeunDiscreteScheduler" -> heun(config);
            case "FlowMatchLCMScheduler" -> straight(config, ConfigContract.LCM, "lcm");
            default -> straight(
                    config, ConfigContract.EULER, config.flag("stochastic_sampling", false) ? "lcm" : "euler");
        };
    }

    private static SchedulerConfig heun(ConfigFile config) {
        ConfigContract.HEUN.check(config);
        return new SchedulerConfig("heun", 2, config.positive("shift", 1), Optional.empty());
    }

    /** Stochastic Euler is what LCM is: the data, noised anew. */
    private static SchedulerConfig straight(ConfigFile config, ConfigContract contract, String solver) {
        contract.check(config);
        Spacing spacing = spacing(config);
        double shift = config.positive("shift", 1);
        if (!config.flag("use_dynamic_shifting", false)) {
            config.requireAbsent("shift_terminal");
            return new SchedulerConfig(solver, 1, shift, Optional.empty(), SolverForm.PLAIN, spacing);
        }
        config.requireIfPresent("time_shift_type", "exponential");
        DynamicShift dynamic = new DynamicShift(
                config.positive("base_shift", 0.5),
                config.positive("max_shift", 1.15),
                config.size("base_image_seq_len", 256),
                config.size("max_image_seq_len", 4096),
                config.has("shift_terminal") ? config.positive("shift_terminal", 0) : 0);
        return new SchedulerConfig(solver, 1, shift, Optional.of(dynamic), SolverForm.PLAIN, spacing);
    }

    private static Spacing spacing(ConfigFile config) {
        List<Spacing> named = Stream.of(Spacing.KARRAS, Spacing.EXPONENTIAL, Spacing.BETA)
                .filter(one -> config.flag("use_" + one.name().toLowerCase(Locale.ROOT) + "_sigmas", false))
                .toList();
        if (named.size() > 1) {
            throw config.unsupported(
                    "use_" + named.get(1).name().toLowerCase(Locale.ROOT) + "_sigmas", "true for one spacing at most");
        }
        return named.isEmpty() ? Spacing.SHIFTED : named.get(0);
    }

    private static SchedulerConfig uniPc(ConfigFile config) {
        ConfigContract.UNIPC.check(config);
        boolean karras = config.flag("use_karras_sigmas", false);
        SolverForm form = new SolverForm(
                config.indexes("disable_corrector"),
                false,
                false,
                karras ? Optional.of(KarrasSpan.of(config)) : Optional.empty());
        return new SchedulerConfig(
                "unipc", order(config, 3), config.positive("flow_shift", 1), Optional.empty(), form, Spacing.SHIFTED);
    }

    private static SchedulerConfig dpmPlusPlus(ConfigFile config) {
        ConfigContract.DPM.check(config);
        boolean noise = config.text("algorithm_type").equals("\"sde-dpmsolver++\"");
        boolean heun = config.text("solver_type").equals("\"heun\"");
        return new SchedulerConfig(
                "dpm++",
                order(config, noise ? 2 : 3),
                config.positive("flow_shift", 1),
                Optional.empty(),
                new SolverForm(List.of(), heun, noise, Optional.empty()),
                Spacing.SHIFTED);
    }

    private static int order(ConfigFile config, int most) {
        int order = config.size("solver_order", 2);
        if (order > most) {
            throw config.unsupported("solver_order", "1 to " + most);
        }
        return order;
    }
}
