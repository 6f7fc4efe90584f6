package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.PairState;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A video as the client sees it: OpenAI's video object, vLLM-Omni's extra fields, and {@code flowblend}. What is not
 * known yet is null.
 *
 * @param progress 0..100 by work done
 * @param createdAt seconds since 1970, like the other times
 * @param deadlineAt when the video fails unless it is finished; left out where no deadline was asked for
 * @param seconds length of the video, as text
 * @param queuePosition 1 = next, while queued
 * @param inferenceTimeS seconds from start to end
 * @param stageDurations seconds by stage: queue, text_encode, large, small, probe, decode, encode
 * @param peakMemoryMb largest resident size of the process, MiB
 */
@JsonNaming(SnakeCaseStrategy.class)
public record VideoObject(
        String id,
        String object,
        String model,
        String status,
        int progress,
        long createdAt,
        @Schema(nullable = true) @Nullable Long startedAt,
        @Schema(nullable = true) @Nullable Long completedAt,
        @Schema(nullable = true) @Nullable Long expiresAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long deadlineAt,
        String prompt,
        String size,
        String seconds,
        int numFrames,
        @Schema(description = "Frames a second, a number, or a fraction as text") Object fps,
        BigInteger seed,
        int numInferenceSteps,
        double guidanceScale,
        @JsonProperty("guidance_scale_2") @Schema(nullable = true) @Nullable Double guidanceScale2,
        @Schema(nullable = true) @Nullable Double boundaryRatio,
        @Schema(nullable = true) @Nullable String remixedFromVideoId,
        @Schema(nullable = true) @Nullable Integer queuePosition,
        @Schema(nullable = true) @Nullable Double inferenceTimeS,
        Map<String, Double> stageDurations,
        @Schema(nullable = true) @Nullable Long peakMemoryMb,
        @Schema(nullable = true) @Nullable Failure error,
        Blend flowblend) {
    private static final double TERA = 1e12;
    private static final long MEBI = 1024 * 1024;

    /** Why a video failed. */
    public record Failure(String code, String message) {}

    /**
     * What the two models did.
     *
     * @param adjusted fields that were taken for the nearest possible value
     * @param warnings what is possible but hardly what was meant, such as words that the pair does not know
     * @param promise what was promised; null where nothing was
     * @param schedule one letter a step: L, S, R = reused, G = LARGE's conditional pass alone, P = probe; the steps made so
     *     far while the video is in progress
     * @param speedup large-only sampling time by this worker's own step times / sampling time
     */
    @Schema(name = "VideoBlend")
    @JsonNaming(SnakeCaseStrategy.class)
    public record Blend(
            String policy,
            @Schema(nullable = true) @Nullable String pairState,
            String profile,
            double quality,
            @Schema(nullable = true) @Nullable PromiseObject promise,
            @Schema(nullable = true) @Nullable Double predictedDeviation,
            String schedule,
            int largeSteps,
            int smallSteps,
            int probeSteps,
            @Schema(nullable = true) @Nullable FallbackObject fallback,
            @Schema(nullable = true) @Nullable Compute compute,
            @Schema(nullable = true) @Nullable Double speedup,
            List<String> ignored,
            List<String> adjusted,
            List<String> warnings) {}

    /** Floating point operations of the run, and of LARGE alone, in units of 10^12. */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Compute(double tflops, double largeOnlyTflops) {}

    /**
     * @param soFar letters of the steps that are known to be made, while there is no report
     * @param state the pair's state now, used while there is no report
     */
    public static VideoObject of(VideoJob job, String soFar, Optional<PairState> state) {
        VideoRequest request = job.request();
        Optional<VideoReport> report = job.report();
        return new VideoObject(
                job.id(),
                "video",
                request.pair(),
                Values.lower(job.status()),
                job.progress(),
                job.createdAt().getEpochSecond(),
                seconds(job.startedAt()),
                seconds(job.completedAt()),
                seconds(job.expiresAt()),
                seconds(job.deadline()),
                request.prompt(),
                request.width() + "x" + request.height(),
                plain(request.frames() / request.fps().value()),
                request.frames(),
                request.fps().json(),
                Values.seed(request.seed()),
                request.steps(),
                request.guidance(),
                request.lowNoise().map(VideoRequest.LowNoise::guidance).orElse(null),
                request.lowNoise().map(VideoRequest.LowNoise::boundary).orElse(null),
                job.remixedFrom().orElse(null),
                job.queuePosition().isPresent() ? job.queuePosition().getAsInt() : null,
                between(job.startedAt(), job.completedAt()),
                stages(job),
                report.map(r -> r.peakMemoryBytes() / MEBI).orElse(null),
                job.failure().map(f -> new Failure(f.code(), f.message())).orElse(null),
                blend(job, soFar, state));
    }

    private static Blend blend(VideoJob job, String soFar, Optional<PairState> state) {
        VideoRequest request = job.request();
        Optional<VideoReport> report = job.report();
        String schedule = job.trace().map(Trace::letters).orElse(soFar);
        return new Blend(
                request.policy(),
                report.map(VideoReport::pairState)
                        .or(() -> state)
                        .map(PairState::name)
                        .orElse(null),
                request.profile(),
                request.quality(),
                report.flatMap(VideoReport::promise).map(PromiseObject::of).orElse(null),
                Values.orNull(report.map(VideoReport::predictedDeviation).orElse(OptionalDouble.empty())),
                schedule,
                count(schedule, 'L'),
                count(schedule, 'S'),
                count(schedule, 'P'),
                report.flatMap(r -> r.trace().fallback())
                        .map(FallbackObject::of)
                        .orElse(null),
                report.map(r -> new Compute(r.flops() / TERA, r.largeOnlyFlops() / TERA))
                        .orElse(null),
                Values.orNull(report.map(VideoReport::speedup).orElse(OptionalDouble.empty())),
                job.ignored(),
                request.adjusted(),
                request.warnings());
    }

    private static Map<String, Double> stages(VideoJob job) {
        Map<String, Double> stages = new TreeMap<>();
        Double queue = between(Optional.of(job.createdAt()), job.startedAt());
        if (queue != null) {
            stages.put("queue", queue);
        }
        job.report().ifPresent(report -> stages.putAll(report.stageSeconds()));
        return stages;
    }

    private static @Nullable Long seconds(Optional<Instant> time) {
        return time.map(Instant::getEpochSecond).orElse(null);
    }

    private static @Nullable Double between(Optional<Instant> from, Optional<Instant> to) {
        if (from.isEmpty() || to.isEmpty()) {
            return null;
        }
        return Duration.between(from.get(), to.get()).toMillis() / 1000.0;
    }

    private static int count(String schedule, char letter) {
        return (int) schedule.chars().filter(c -> c == letter).count();
    }

    /** {@code 4} rather than {@code 4.0}, {@code 1.0625}, six digits at most. */
    private static String plain(double value) {
        return new BigDecimal(value)
                .round(new MathContext(6))
                .stripTrailingZeros()
                .toPlainString();
    }
}
