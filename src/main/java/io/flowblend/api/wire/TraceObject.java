package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.jobs.VideoJob;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Every step's decision, with all that is needed to make the same video again.
 *
 * @param schedule one letter a step; as a request's {@code schedule} (with L for P) it repeats the run
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
    @JsonNaming(SnakeCaseStrategy.class)
    public record Settings(
            String prompt,
            String negativePrompt,
            int width,
            int height,
            int numFrames,
            int fps,
            int numInferenceSteps,
            double guidanceScale,
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
     * @param role {@code large} or {@code small}: the model whose velocity advanced it; {@code reused}: the last velocity
     *     was carried on
     * @param probe whether both models ran and the velocity divergence was measured
     * @param divergence what was measured, on a probe
     * @param threshold what was compared with, where anything was: a relative L2 divergence, or for {@code reused} the
     *     change of the velocity up to which it may be carried on
     * @param velocityChange of LARGE's velocity to the one it computed before, over its size, where both are known
     * @param reason why this role, for example {@code below_threshold}
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record StepObject(
            int index,
            double sigma,
            double nextSigma,
            String letter,
            String role,
            boolean probe,
            @Schema(nullable = true) @Nullable DivergenceObject divergence,
            @Schema(nullable = true) @Nullable Double threshold,
            @Schema(nullable = true) @Nullable Double velocityChange,
            String reason,
            double largeSeconds,
            double smallSeconds,
            double tflops) {

        static StepObject of(StepRecord step) {
            return new StepObject(
                    step.step().index(),
                    step.step().sigma(),
                    step.step().nextSigma(),
                    String.valueOf(step.decision().letter()),
                    lower(step.decision().role()),
                    step.decision().probe(),
                    step.divergence().map(DivergenceObject::of).orElse(null),
                    orNull(step.decision().threshold()),
                    orNull(step.change()),
                    lower(step.decision().reason()),
                    step.largeSeconds(),
                    step.smallSeconds(),
                    step.flops() / 1e12);
        }
    }

    /** Distances of the two velocities; null where one was not finite. */
    public record DivergenceObject(
            @Schema(nullable = true) @Nullable Double cosine,
            @JsonProperty("relative_l2") @Schema(nullable = true) @Nullable Double relativeL2,
            @Schema(nullable = true) @Nullable Double l2) {
        static DivergenceObject of(VelocityDivergence divergence) {
            return new DivergenceObject(
                    finite(divergence.cosine()), finite(divergence.relativeL2()), finite(divergence.l2()));
        }

        private static @Nullable Double finite(double value) {
            return Double.isFinite(value) ? value : null;
        }
    }

    /** @param trace the job's own when it is finished, else the steps made so far */
    public static TraceObject of(VideoJob job, Trace trace) {
        return new TraceObject(
                job.id(),
                "video.trace",
                job.request().pair(),
                lower(job.status()),
                settings(job.request()),
                trace.schedule(),
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
                request.fps(),
                request.steps(),
                request.guidance(),
                request.flowShift(),
                new BigInteger(Long.toUnsignedString(request.seed())),
                request.quality(),
                orNull(request.speedup()),
                request.policy(),
                request.schedule().isEmpty() ? null : request.schedule(),
                request.profile());
    }

    private static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
