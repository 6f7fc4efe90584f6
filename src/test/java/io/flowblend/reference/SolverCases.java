package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.control.Step;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.SchedulerConfig;
import io.flowblend.sampling.LcmSolver;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Solver;
import io.flowblend.sampling.SolverState;
import io.flowblend.sampling.StepNoise;
import io.flowblend.tensor.TensorData;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Schedules and trajectories of the solvers, under a velocity in closed form. */
final class SolverCases implements CaseRunner {
    /** Sigmas are within 0..1, and up to six float32 operations deep in the reference. */
    private static final double SIGMA = 3e-7;

    @Override
    public boolean handles(String caseName) {
        return List.of("flow-euler", "flow-heun", "flow-lcm", "unipc", "dpmpp").stream()
                .anyMatch(caseName::startsWith);
    }

    @Override
    public void run(ReferenceCase reference) {
        SchedulerConfig config = SchedulerConfig.read(reference.folder());
        StepNoise noise = (step, like) -> reference.tensor("noise").select(0, step.index());
        Solver solver = config.solver().equals("lcm")
                ? new LcmSolver(noise, 0)
                : Solver.of(config.solver(), config.order(), config.form(), noise);
        SigmaSchedule schedule = schedule(config, reference.note());
        assertSchedule(reference, schedule);

        Tensor expected = reference.tensor("x");
        SolverState state = SolverState.fresh(expected.select(0, 0));
        for (int k = 0; k < schedule.steps(); k++) {
            Tensor velocity = velocity(state.x(), schedule.sigma(k));
            assertNear("velocity", k, velocity, reference.tensor("velocity").select(0, k));
            Step step = schedule.step(k);
            SolverState after = solver.step(state, velocity, step);
            state = solver.corrects(step)
                    ? solver.corrected(state, velocity, velocity(after.x(), step.nextSigma()), step)
                    : after;
            assertNear("x", k + 1, state.x(), expected.select(0, k + 1));
        }
    }

    /** By {@code timesteps} or {@code spacing} of {@code call}, where it has one of them, or else by the config's shift. */
    static SigmaSchedule schedule(SchedulerConfig config, JsonNode call) {
        int steps = call.path("steps").asInt();
        if (call.has("timesteps")) {
            return SigmaSchedule.timesteps(call.path("timesteps")
                    .valueStream()
                    .map(JsonNode::doubleValue)
                    .toList());
        }
        if (call.has("spacing")) {
            return SigmaSchedule.linearQuadratic(steps);
        }
        if (call.has("sigmas")) {
            return SigmaSchedule.of(
                    sampling(
                            config,
                            Optional.of(PairSpec.Timesteps.of(call.path("sigmas")
                                    .valueStream()
                                    .map(sigma -> 1000 * sigma.doubleValue())
                                    .toList())),
                            steps),
                    steps,
                    1);
        }
        return config.dynamicShift().isPresent()
                ? SigmaSchedule.of(
                        sampling(config, Optional.empty(), steps),
                        steps,
                        Math.exp(call.path("mu").asDouble()))
                : SigmaSchedule.of(sampling(config, Optional.empty(), steps), steps, config.shift());
    }

    private static PairSpec.Sampling sampling(
            SchedulerConfig config, Optional<PairSpec.Timesteps> timesteps, int steps) {
        return new PairSpec.Sampling(
                config.solver(),
                config.order(),
                timesteps.isPresent() ? 1 : config.shift(),
                config.dynamicShift(),
                timesteps,
                steps,
                1,
                0,
                OptionalDouble.empty(),
                "",
                config.form(),
                config.spacing());
    }

    static Solver solver(SchedulerConfig config) {
        return Solver.of(config.solver(), config.order(), config.form(), (step, like) -> like);
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
