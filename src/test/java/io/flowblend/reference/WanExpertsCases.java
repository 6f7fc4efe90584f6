package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.model.Condition;
import io.flowblend.model.NoiseBoundary;
import io.flowblend.model.TwoExperts;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.pair.SchedulerConfig;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.sampling.Solver;
import io.flowblend.tensor.TensorData;
import java.io.IOException;
import org.bytedeco.pytorch.Tensor;

/** Two experts by noise level, each with its guidance scale, from noise to the latents of every step. */
final class WanExpertsCases implements CaseRunner {
    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("wan-experts");
    }

    @Override
    public void run(ReferenceCase reference) throws IOException {
        JsonNode index = new ObjectMapper()
                .readTree(reference.folder().resolve("model_index.json").toFile());
        NoiseBoundary boundary = new NoiseBoundary(index.path("boundary_ratio").asDouble());
        try (WanTransformer high =
                        WanTransformer.load(reference.folder().resolve("transformer"), ReferenceCase.PLACEMENT);
                WanTransformer low =
                        WanTransformer.load(reference.folder().resolve("transformer_2"), ReferenceCase.PLACEMENT)) {
            assertForward(reference, "high_forward", high);
            assertForward(reference, "low_forward", low);
            assertRun(reference, new TwoExperts(high, low, boundary), boundary);
        }
    }

    private static void assertForward(ReferenceCase reference, String name, VelocityModel model) {
        try (Condition condition = new Condition(reference.tensor("prompt_embeds"))) {
            reference.assertNear(name, model.velocity(reference.tensor("noise"), 0.7, condition), FORWARD);
        }
    }

    private static void assertRun(ReferenceCase reference, TwoExperts model, NoiseBoundary boundary) {
        SchedulerConfig config = SchedulerConfig.read(reference.folder().resolve("scheduler"));
        Solver solver = SolverCases.solver(config);
        int steps = reference.note().path("steps").asInt();
        SigmaSchedule schedule = solver.schedule(steps, config.shift());
        assertEquals(
                steps - reference.note().path("steps_of_low").asInt(),
                schedule.firstBelow(boundary).orElse(steps));
        Tensor states = reference.tensor("latents");
        try (Guidance guidance =
                        guidance(reference, "guidance_scale").below(boundary, guidance(reference, "guidance_scale_2"));
                SamplingRun run = new SamplingRun(
                        SamplingSpec.fromNoise(model, model, guidance, schedule, solver, reference.tensor("noise")),
                        WanPipelineCases.largeAlone(steps))) {
            while (!run.done()) {
                run.step();
                int next = run.state().nextStep();
                Tensor expected = states.select(0, next - 1L);
                assertEquals(
                        0,
                        TensorData.relativeL2(run.state().x(), expected),
                        ReferenceCase.onThisPlacement(PIPELINE),
                        () -> "latents after step " + next);
            }
            reference.assertNear("latents", run.state().x().unsqueeze(0), states.narrow(0, steps - 1L, 1), PIPELINE);
        }
    }

    private static Guidance guidance(ReferenceCase reference, String scale) {
        return Guidance.of(
                reference.tensor("prompt_embeds"),
                reference.tensor("negative_prompt_embeds"),
                reference.note().path(scale).asDouble(),
                true);
    }
}
