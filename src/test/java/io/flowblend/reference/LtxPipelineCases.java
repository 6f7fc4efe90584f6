package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec.DynamicShift;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.ltx.LtxTransformer;
import io.flowblend.model.ltx.vae.LtxVaeDecoder;
import io.flowblend.model.ltx.vae.LtxVaeDecoding;
import io.flowblend.model.ltx.vae.LtxVaeEncoder;
import io.flowblend.model.pair.SchedulerConfig;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.tensor.TensorData;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * From noise and text embeddings to the last latents and to frames, with both ways of guidance; from a given first frame,
 * too, whose latents stay as they are; by each of the three pipelines of diffusers.
 */
final class LtxPipelineCases implements CaseRunner {
    /** Sigmas are within 0..1, and up to six float32 operations deep in the reference. */
    private static final double SIGMA = 3e-7;

    @Override
    public boolean handles(String caseName) {
        return caseName.matches("ltx-(image-|condition-)?pipeline.*");
    }

    @Override
    public void run(ReferenceCase reference) {
        JsonNode call = reference.note();
        LtxVaeDecoding decoding = new LtxVaeDecoding(
                call.path("decode_timestep").asDouble(),
                call.path("decode_noise_scale").asDouble());
        try (LtxTransformer model =
                        LtxTransformer.load(reference.folder().resolve("transformer"), ReferenceCase.PLACEMENT);
                LtxVaeDecoder decoder =
                        LtxVaeDecoder.load(reference.folder().resolve("vae"), 1, decoding, ReferenceCase.PLACEMENT)) {
            run(reference, model, decoder, true);
            run(reference, model, decoder, false);
        }
    }

    private static void run(ReferenceCase reference, LtxTransformer model, LatentDecoder decoder, boolean batched) {
        JsonNode call = reference.note();
        LatentShape shape = decoder.latentShape(
                call.path("num_frames").asInt(),
                call.path("height").asInt(),
                call.path("width").asInt());
        SchedulerConfig config = SchedulerConfig.read(reference.folder().resolve("scheduler"));
        SigmaSchedule schedule = schedule(config, call, shape);
        assertArrayEquals(sigmas(reference), schedule.sigmas(), SIGMA, "sigmas");
        Optional<Tensor> first = firstLatents(reference);
        Tensor start = reference.tensor("noise").clone();
        first.ifPresent(latents -> start.narrow(2, 0, 1).copy_(latents));
        assertEquals(shape, LatentShape.of(start));
        try (Guidance guidance = guidance(reference, shape, first.isPresent() ? 1 : 0, batched);
                SamplingRun run = new SamplingRun(
                        SamplingSpec.fromNoise(model, model, guidance, schedule, SolverCases.solver(config), start),
                        WanPipelineCases.largeAlone(schedule.steps()))) {
            run.finish();
            Tensor end = run.state().x();
            Tensor packed = end.flatten(2, 4).transpose(1, 2);
            reference.assertNear("final", packed, PIPELINE);
            first.ifPresent(latents -> assertEquals(
                    0, TensorData.relativeL2(end.narrow(2, 0, 1), latents), "the given frame's latents have changed"));
            Tensor frames = decoder.decode(end);
            reference.assertNear("video", frames.permute(0, 2, 1, 3, 4), PIPELINE);
        }
    }

    private static SigmaSchedule schedule(SchedulerConfig config, JsonNode call, LatentShape shape) {
        if (config.dynamicShift().isEmpty()) {
            return SolverCases.schedule(config, call);
        }
        int steps = call.path("steps").asInt();
        DynamicShift dynamic = config.dynamicShift().get();
        long tokens = (long) shape.frames() * shape.height() * shape.width();
        return SigmaSchedule.dynamic(steps, dynamic.logarithm(tokens), dynamic.terminal());
    }

    private static double[] sigmas(ReferenceCase reference) {
        float[] floats = TensorData.toFloats(reference.tensor("sigmas"));
        return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    /** The given image's latents, as encoded here. */
    private static Optional<Tensor> firstLatents(ReferenceCase reference) {
        if (!reference.tensors().has("image")) {
            return Optional.empty();
        }
        try (LtxVaeEncoder encoder = LtxVaeEncoder.load(reference.folder().resolve("vae"), ReferenceCase.PLACEMENT)) {
            Tensor latents = encoder.encode(reference.tensor("image").unsqueeze(2));
            reference.assertNear("image_latents", latents, FORWARD);
            return Optional.of(latents);
        }
    }

    private static Guidance guidance(ReferenceCase reference, LatentShape shape, int given, boolean batched) {
        JsonNode call = reference.note();
        double fps = call.path("frame_rate").asDouble();
        Scene even = Scene.of(
                shape, call.path("num_frames").asInt(), call.path("height").asInt(), fps, given);
        return Guidance.of(
                text(reference, "prompt"),
                text(reference, "negative_prompt"),
                new Guidance.Settings(
                        call.path("guidance_scale").asDouble(),
                        call.path("guidance_rescale").asDouble(0),
                        batched),
                call.path("frame_times").asText().equals("causal") ? even.causal(fps) : even);
    }

    private static TextEmbeddings text(ReferenceCase reference, String name) {
        return new TextEmbeddings(
                reference.tensor(name + "_embeds"), Optional.of(reference.tensor(name + "_attention_mask")));
    }
}
