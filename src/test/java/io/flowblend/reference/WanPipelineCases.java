package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.pair.SchedulerConfig;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.Solver;
import io.flowblend.tensor.TensorData;
import org.bytedeco.pytorch.Tensor;

/** From noise and text embeddings to the latents of every step and to frames, with both ways of guidance. */
final class WanPipelineCases implements CaseRunner {
    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("wan-pipeline");
    }

    @Override
    public void run(ReferenceCase reference) {
        try (WanTransformer model =
                        WanTransformer.load(reference.folder().resolve("transformer"), ReferenceCase.PLACEMENT);
                LatentDecoder decoder =
                        WanVaeDecoder.load(reference.folder().resolve("vae"), 2, ReferenceCase.PLACEMENT)) {
            run(reference, model, decoder, true);
            run(reference, model, decoder, false);
        }
    }

    private static void run(ReferenceCase reference, WanTransformer model, LatentDecoder decoder, boolean batched) {
        SchedulerConfig config = SchedulerConfig.read(reference.folder().resolve("scheduler"));
        Solver solver = SolverCases.solver(config);
        Tensor noise = reference.tensor("noise");
        Tensor states = reference.tensor("latents");
        assertShape(reference, decoder, noise);
        try (Guidance guidance = Guidance.of(
                        reference.tensor("prompt_embeds"),
                        reference.tensor("negative_prompt_embeds"),
                        reference.note().path("guidance_scale").asDouble(),
                        batched);
                SamplingRun run = new SamplingRun(
                        SamplingSpec.fromNoise(
                                model,
                                model,
                                guidance,
                                solver.schedule(reference.note().path("steps").asInt(), config.shift()),
                                solver,
                                noise),
                        largeAlone(reference.note().path("steps").asInt()))) {
            while (!run.done()) {
                run.step();
                int next = run.state().nextStep();
                assertNear(next, run.state().x(), states.select(0, next - 1L));
            }
            assertEquals(states.size(0), run.trace().steps().size());
            reference.assertNear("final", run.state().x(), PIPELINE);
            Tensor frames = decoder.decode(run.state().x());
            reference.assertNear("video", frames.permute(0, 2, 1, 3, 4), PIPELINE);
        }
    }

    static SwitchPolicy largeAlone(int steps) {
        return StaticPolicy.of(Schedule.all(Move.LARGE, steps), Reason.SCHEDULE);
    }

    private static void assertShape(ReferenceCase reference, LatentDecoder decoder, Tensor noise) {
        JsonNode call = reference.note();
        LatentShape shape = decoder.latentShape(
                call.path("num_frames").asInt(),
                call.path("height").asInt(),
                call.path("width").asInt());
        assertEquals(
                new LatentShape((int) noise.size(1), (int) noise.size(2), (int) noise.size(3), (int) noise.size(4)),
                shape);
    }

    private static void assertNear(int step, Tensor actual, Tensor expected) {
        assertEquals(
                0,
                TensorData.relativeL2(actual, expected),
                ReferenceCase.onThisPlacement(PIPELINE),
                () -> "latents after step " + step);
    }
}
