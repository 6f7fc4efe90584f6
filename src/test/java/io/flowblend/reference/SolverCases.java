package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flowblend.sampling.DpmPlusPlusSolver;
import io.flowblend.sampling.EulerSolver;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Solver;
import io.flowblend.sampling.SolverState;
import io.flowblend.sampling.UniPcSolver;
import io.flowblend.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Schedules and trajectories of the solvers, under a velocity in closed form. */
final class SolverCases implements CaseRunner {
    /** Sigmas are within 0..1, and up to six float32 operations deep in the reference. */
    private static final double SIGMA = 3e-7;

    @Override
    public boolean handles(String caseName) {
        return List.of("flow-euler", "unipc", "dpmpp2m").stream().anyMatch(caseName::startsWith);
    }

    @Override
    public void run(ReferenceCase reference) throws IOException {
        JsonNode config = config(reference.folder().resolve("scheduler_config.json"));
        Solver solver = solver(config);
        SigmaSchedule schedule = schedule(config, solver, reference.note());
        assertSchedule(reference, schedule);

        Tensor expected = reference.tensor("x");
        SolverState state = SolverState.fresh(expected.select(0, 0));
        for (int k = 0; k < schedule.steps(); k++) {
            Tensor velocity = velocity(state.x(), schedule.sigma(k));
            assertNear("velocity", k, velocity, reference.tensor("velocity").select(0, k));
            state = solver.step(state, velocity, schedule.step(k));
            assertNear("x", k + 1, state.x(), expected.select(0, k + 1));
        }
    }

    static JsonNode config(Path file) throws IOException {
        return JsonMapper.builder()
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build()
                .readTree(file.toFile());
    }

    static Solver solver(JsonNode config) {
        String name = config.path("_class_name").asText();
        return switch (name) {
            case "FlowMatchEulerDiscreteScheduler" -> {
                require(config, "stochastic_sampling", "false");
                require(config, "invert_sigmas", "false");
                yield new EulerSolver();
            }
            case "UniPCMultistepScheduler" -> {
                requireFlow(config);
                require(config, "solver_type", "bh2");
                require(config, "predict_x0", "true");
                yield new UniPcSolver(config.path("solver_order").asInt());
            }
            case "DPMSolverMultistepScheduler" -> {
                requireFlow(config);
                require(config, "solver_type", "midpoint");
                require(config, "algorithm_type", "dpmsolver++");
                require(config, "solver_order", "2");
                yield new DpmPlusPlusSolver();
            }
            default -> throw new AssertionError("no solver for " + name);
        };
    }

    static SigmaSchedule schedule(JsonNode config, Solver solver, JsonNode call) {
        int steps = call.path("steps").asInt();
        if (config.path("use_dynamic_shifting").asBoolean()) {
            require(config, "time_shift_type", "exponential");
            return SigmaSchedule.dynamic(
                    steps,
                    call.path("mu").asDouble(),
                    config.path("shift_terminal").asDouble(0));
        }
        return solver.schedule(
                steps,
                config.path(config.has("flow_shift") ? "flow_shift" : "shift").asDouble());
    }

    private static void requireFlow(JsonNode config) {
        require(config, "use_flow_sigmas", "true");
        require(config, "prediction_type", "flow_prediction");
        require(config, "final_sigmas_type", "zero");
        require(config, "lower_order_final", "true");
    }

    private static void require(JsonNode config, String key, String value) {
        assertEquals(value, config.path(key).asText(), () -> "scheduler_config.json: " + key);
    }

    private static void assertSchedule(ReferenceCase reference, SigmaSchedule schedule) {
        double[] sigmas = widened(reference.tensor("sigmas"));
        assertArrayEquals(sigmas, schedule.sigmas(), SIGMA, "sigmas");
        double[] told = IntStream.range(0, schedule.steps())
                .mapToDouble(k -> 1000 * schedule.modelSigma(k))
                .toArray();
        assertArrayEquals(widened(reference.tensor("timesteps")), told, 1000 * SIGMA, "timesteps");
    }

    private static double[] widened(Tensor values) {
        float[] floats = TensorData.toFloats(values);
        return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    /** The field that {@code case.json} describes. */
    private static Tensor velocity(Tensor x, double sigma) {
        return x.mul(new Scalar(0.9))
                .add(x.mul(new Scalar(3.0)).add(new Scalar(5 * sigma)).sin(), new Scalar(0.4))
                .sub(new Scalar(0.3 * Math.cos(2 * sigma)));
    }

    private static void assertNear(String name, int k, Tensor actual, Tensor expected) {
        double error = TensorData.relativeL2(actual, expected);
        assertEquals(0, error, FORWARD, () -> name + " " + k);
    }
}
