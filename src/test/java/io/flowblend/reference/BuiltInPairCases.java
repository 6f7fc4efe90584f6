package io.flowblend.reference;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.Solver;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** The built-in pair from prompt to frames, LARGE alone and SMALL alone. */
final class BuiltInPairCases implements CaseRunner {
    @Override
    public boolean handles(String caseName) {
        return caseName.equals("built-in-pair");
    }

    @Override
    public void run(ReferenceCase reference) throws Exception {
        Path data = Files.createTempDirectory("flowblend-built-in");
        try (ModelPair pair = PairLoader.ofThisMachine().load(BuiltInPair.unpack(data))) {
            run(reference, pair, "LLL", "large");
            run(reference, pair, "SSS", "small");
        }
    }

    private static void run(ReferenceCase reference, ModelPair pair, String schedule, String name) {
        JsonNode call = reference.note();
        int steps = call.path("steps").asInt();
        Solver solver = Solver.of(
                pair.spec().sampling().solver(), pair.spec().sampling().order());
        TextEmbeddings prompt = pair.textEncoder().encode(call.path("prompt").asText());
        TextEmbeddings negative =
                pair.textEncoder().encode(call.path("negative_prompt").asText());
        reference.assertNear("prompt_embeds", prompt.values(), FORWARD);
        reference.assertNear("negative_prompt_embeds", negative.values(), FORWARD);
        LatentShape shape = pair.decoder()
                .latentShape(
                        call.path("num_frames").asInt(),
                        call.path("height").asInt(),
                        call.path("width").asInt());
        try (Guidance guidance = Guidance.of(
                        prompt.values(),
                        negative.values(),
                        call.path("guidance_scale").asDouble(),
                        true);
                SamplingRun run = new SamplingRun(
                        SamplingSpec.fromNoise(
                                pair.large(),
                                pair.small(),
                                guidance,
                                solver.schedule(steps, pair.spec().sampling().shift()),
                                solver,
                                reference.tensor("noise").view(shape.batched(1))),
                        StaticPolicy.of(Schedule.parse(schedule, steps, new StoredProfile(0, 0)), Reason.SCHEDULE))) {
            run.finish();
            Tensor latents = run.state().x();
            reference.assertNear(name + ".final", latents, PIPELINE);
            if (reference.tensors().has(name + ".frames")) {
                Tensor some = every(call.path("every").asInt(), pair.decoder().decode(latents));
                reference.assertNear(name + ".frames", some, PIPELINE);
            }
        }
    }

    private static Tensor every(long distance, Tensor frames) {
        return frames.slice(2, new LongOptional(0), new LongOptional(), distance);
    }
}
