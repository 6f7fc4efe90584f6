package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec.DynamicShift;
import io.flowblend.model.PairSpec.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {
    private static final String FLOW = " | \"use_flow_sigmas\": true, \"prediction_type\": \"flow_prediction\", ";
    private static final String FLOW_UNIPC = "UniPCMultistepScheduler" + FLOW;
    private static final String FLOW_DPM = "DPMSolverMultistepScheduler" + FLOW;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private SchedulerConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("scheduler_config.json"), json);
        return SchedulerConfig.read(folder);
    }

    @Test
    void takesTheDefaultsOfDiffusersForWhatIsAbsent() throws IOException {
        assertEquals(
                new SchedulerConfig("euler", 1, 1, Optional.empty()),
                read("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}"));
        assertEquals(
                new SchedulerConfig("euler", 1, 3, Optional.of(new DynamicShift(0.5, 1.15, 256, 4096, 0))),
                read("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"use_dynamic_shifting\": true,"
                        + " \"shift\": 3.0}"));
        String flow = "\", \"use_flow_sigmas\": true, \"prediction_type\": \"flow_prediction\"}";
        assertEquals(
                new SchedulerConfig("unipc", 2, 1, Optional.empty()),
                read("{\"_class_name\": \"UniPCMultistepScheduler" + flow));
        assertEquals(
                new SchedulerConfig("dpm++", 2, 1, Optional.empty()),
                read("{\"_class_name\": \"DPMSolverMultistepScheduler" + flow));
    }

    @Test
    void theShiftGrowsWithTheVideoThroughTheTwoPoints() {
        DynamicShift dynamic = new DynamicShift(0.95, 2.05, 1024, 4096, 0.1);
        assertEquals(0.95, dynamic.logarithm(1024), 1e-12);
        assertEquals(2.05, dynamic.logarithm(4096), 1e-12);
        assertEquals(1.5, dynamic.logarithm(2560), 1e-12);
        Sampling sampling = new Sampling(
                "euler", 1, 7, Optional.of(dynamic), Optional.empty(), 20, 3, 0, OptionalDouble.empty(), "");
        assertEquals(Math.exp(2.05), sampling.shift(new LatentShape(128, 16, 16, 16)), 1e-9);
        assertEquals(7, new Sampling("euler", 1, 7, 20, 3, "").shift(new LatentShape(128, 16, 16, 16)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "FlowMatchEulerDiscreteScheduler | \"use_karras_sigmas\": true, \"use_beta_sigmas\": true | true for one spacing at most",
                "FlowMatchLCMScheduler | \"scale_factors\": [0.5] | 'scale_factors' is [0.5]; supported is null",
                "FlowMatchHeunDiscreteScheduler | \"num_train_timesteps\": 500 | 'num_train_timesteps' is 500",
                FLOW_UNIPC + "\"solver_type\": \"bh1\" | 'solver_type' is",
                FLOW_UNIPC + "\"final_sigmas_type\": \"sigma_min\" | 'final_sigmas_type' is",
                FLOW_UNIPC + "\"use_exponential_sigmas\": true | 'use_exponential_sigmas' is true",
                FLOW_UNIPC + "\"use_karras_sigmas\": true, \"sigma_max\": 0.001 | 'sigma_min' is",
                FLOW_UNIPC
                        + "\"use_karras_sigmas\": true, \"beta_schedule\": \"squaredcos_cap_v2\" | 'beta_schedule' is",
                FLOW_UNIPC
                        + "\"use_karras_sigmas\": true, \"rescale_betas_zero_snr\": true | 'rescale_betas_zero_snr' is",
                FLOW_UNIPC + "\"solver_order\": 4 | 'solver_order' is 4; supported is 1 to 3",
                FLOW_DPM + "\"solver_order\": 3, \"algorithm_type\": \"sde-dpmsolver++\" | supported is 1 to 2",
                FLOW_DPM + "\"use_karras_sigmas\": true | 'use_karras_sigmas' is true",
                FLOW_DPM + "\"algorithm_type\": \"dpmsolver\" | 'algorithm_type' is",
                "UniPCMultistepScheduler | \"use_beta_sigmas\": true | 'use_beta_sigmas' is true; supported is false",
                "FlowMatchEulerDiscreteScheduler | \"shift_terminal\": 0.1 | 'shift_terminal' is 0.1",
                "FlowMatchEulerDiscreteScheduler | \"use_dynamic_shifting\": true, \"time_shift_type\": \"linear\" | linear",
                "FlowMatchEulerDiscreteScheduler | \"num_train_timesteps\": 100 | 'num_train_timesteps' is 100",
                "UniPCMultistepScheduler | \"prediction_type\": \"flow_prediction\" | lacks 'use_flow_sigmas'",
                "UniPCMultistepScheduler | \"use_flow_sigmas\": true, \"prediction_type\": \"epsilon\" | epsilon",
                FLOW_UNIPC + "\"thresholding\": true | 'thresholding' is true; supported is false",
                FLOW_UNIPC + "\"shift_terminal\": 0.1 | 'shift_terminal' is 0.1; supported is null",
                FLOW_UNIPC + "\"solver_p\": {} | 'solver_p' is {}; supported is null",
                FLOW_UNIPC + "\"predict_x0\": false | 'predict_x0' is false",
                FLOW_UNIPC + "\"disable_corrector\": [-1] | 'disable_corrector' is [-1]",
                FLOW_UNIPC + "\"use_dynamic_shifting\": true | 'use_dynamic_shifting' is true",
                FLOW_DPM + "\"thresholding\": true | 'thresholding' is true; supported is false",
                FLOW_DPM + "\"use_lu_lambdas\": true | 'use_lu_lambdas' is true",
                FLOW_DPM + "\"variance_type\": \"learned\" | 'variance_type' is",
                "FlowMatchEulerDiscreteScheduler | \"invert_sigmas\": true | 'invert_sigmas' is true",
                "LCMScheduler | \"shift\": 1 | supported is FlowMatchEulerDiscreteScheduler or FlowMatchHeunDiscreteScheduler or",
            })
    void refusesWhatItDoesNotKnowAndNamesIt(String name, String keys, String expected) {
        InvalidFileException refused = assertThrows(
                InvalidFileException.class, () -> read("{\"_class_name\": \"" + name + "\", " + keys + "}"));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("scheduler_config.json: ") && message.contains(expected), message);
    }
}
