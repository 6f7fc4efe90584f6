package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.control.Decision;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.jobs.VideoJob;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Every step's decision, with all that is needed to make the same video again.
 *
 * @param schedule one letter a step; {@code POST /v1/videos/{id}/replay} repeats the run bit for bit
 * @param steps the steps made so far, in their order
 */
@JsonNaming(SnakeCaseStrategy.class)
public record TraceObject(
        String id,
        String object,
        String model,
        String status,
        Settings request,
        String schedule,
        List<StepObject> steps,
        @Schema(nullable = true) @Nullable FallbackObject fallback) {

    /** The request with every default filled in, under the request's own field names. */
    @Schema(name = "VideoSettings")
    @JsonNaming(SnakeCaseStrategy.class)
    public record Settings(
            String prompt,
            String negativePrompt,
            int width,
            int height,
            int numFrames,
            @Schema(description = "Frames a second, a number, or a fraction as text") Object fps,
            int numInferenceSteps,
            double guidanceScale,
            @JsonProperty("guidance_scale_2") @Schema(nullable = true) @Nullable Double guidanceScale2,
            @Schema(nullable = true) @Nullable Double boundaryRatio,
            double flowShift,
            BigInteger seed,
            double quality,
            @Schema(nullable = true) @Nullable Double speedup,
            String policy,
            @Schema(nullable = true) @Nullable String schedule,
            String profile) {}

    /**
     * One step.
     *
     * @param sigma noise level at its start, 1 = pure noise
     * @param source of the velocity that advanced it: {@code large}, {@code small}, {@code reused} or
     *     {@code guidance_reused}
     * @param probe whether both models ran and the velocity divergence was measured
     * @param gain factor on what was known of the source at its last probe or step; 0 = plain
     * @param slopeShare share of its slope that was followed, 0..1
     * @param divergence what was measured, on a probe
     * @param compared letter of the cheaper move that was taken or not, where one was compared
     * @param residual that was predicted for it, relative L2, uncertainty included; for {@code ceiling} the divergence
     * @param threshold at which the choice would flip; the cheaper move is taken if {@code residual} is below it
     * @param read residuals that the step showed: what each source would have given there
     * @param reason why this move, for example {@code plan}
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record StepObject(
            int index,
            double sigma,
            double nextSigma,
            String letter,
            String source,
            boolean probe,
            double gain,
            double slopeShare,
            @Schema(nullable = true) @Nullable DivergenceObject divergence,
            @Schema(nullable = true) @Nullable String compared,
            @Schema(nullable = true) @Nullable Double residual,
            @Schema(nullable = true) @Nullable Double threshold,
            Map<String, Double> read,
            String reason,
            double largeSeconds,
            double smallSeconds,
            double tflops) {

        static StepObject of(StepRecord step) {
            Optional<Decision.Comparison> compared = step.decision().comparison();
            return new StepObject(
                    step.step().index(),
                    step.step().sigma(),
                    step.step().nextSigma(),
                    String.valueOf(step.decision().letter()),
                    Values.lower(step.decision().move().source()),
                    step.decision().move().probe(),
                    step.decision().gain(),
                    step.decision().slopeShare(),
                    step.divergence().map(DivergenceObject::of).orElse(null),
                    compared.map(found -> String.valueOf(found.letter())).orElse(null),
                    compared.map(Decision.Comparison::figure)
                            .map(TraceObject::finite)
                            .orElse(null),
                    compared.map(Decision.Comparison::threshold)
                            .map(TraceObject::finite)
                            .orElse(null),
                    TraceObject.read(step),
                    Values.lower(step.decision().reason()),
                    step.largeSeconds(),
                    step.smallSeconds(),
                    step.flops() / 1e12);
        }
    }

    private static Map<String, Double> read(StepRecord step) {
        Map<String, Double> read = new TreeMap<>();
        step.sources()
                .forEach(source -> read.put(
                        Values.lower(source.source()),
                        source.residual(
                                source.source().usualGain(), source.source().usualSlopeShare())));
        return read;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** Distances of the two velocities; null where one was not finite. */
    public record DivergenceObject(
            @Schema(nullable = true) @Nullable Double cosine,
            @JsonProperty("relative_l2") @Schema(nullable = true) @Nullable Double relativeL2,
            @Schema(nullable = true) @Nullable Double l2) {
        static DivergenceObject of(VelocityDivergence divergence) {
            return new DivergenceObject(
                    TraceObject.finite(divergence.cosine()), finite(divergence.relativeL2()), finite(divergence.l2()));
        }
    }

    /** @param trace the job's own when it is finished, else the steps made so far */
    public static TraceObject of(VideoJob job, Trace trace) {
        return new TraceObject(
                job.id(),
                "video.trace",
                job.request().pair(),
                Values.lower(job.status()),
                settings(job.request()),
                trace.letters(),
                trace.steps().stream().map(StepObject::of).toList(),
                trace.fallback().map(FallbackObject::of).orElse(null));
    }

    private static Settings settings(VideoRequest request) {
        return new Settings(
                request.prompt(),
                request.negativePrompt(),
                request.width(),
                request.height(),
                request.frames(),
                request.fps().json(),
                request.steps(),
                request.guidance(),
                request.lowNoise().map(VideoRequest.LowNoise::guidance).orElse(null),
                request.lowNoise().map(VideoRequest.LowNoise::boundary).orElse(null),
                request.flowShift(),
                Values.seed(request.seed()),
                request.quality(),
                Values.orNull(request.speedup()),
                request.policy(),
                request.schedule().isEmpty() ? null : request.schedule(),
                request.profile());
    }
}
