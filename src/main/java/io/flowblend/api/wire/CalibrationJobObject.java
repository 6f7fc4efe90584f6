package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.PairState;
import io.flowblend.jobs.CalibrationJob;
import io.flowblend.learning.CalibrationPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A calibration that was started; what it found is in the pair's calibration.
 *
 * @param status queued, in_progress, completed or failed
 * @param progress 0..100 by work done
 * @param measured samples that are learned
 * @param createdAt seconds since 1970, like the other times
 * @param pairState the pair's state now
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CalibrationJobObject(
        String id,
        String object,
        String pair,
        String status,
        int progress,
        int samples,
        int measured,
        long createdAt,
        @Schema(nullable = true) @Nullable Long startedAt,
        @Schema(nullable = true) @Nullable Long completedAt,
        @Schema(nullable = true) @Nullable String pairState,
        @Schema(nullable = true) VideoObject.@Nullable Failure error) {

    /** The request that starts one. */
    @Schema(name = "StartCalibration", description = "All fields may be left out")
    public record Start(
            @Schema(
                            description =
                                    "What to make videos of; if left out, the pair's examples, or else prompts of its recent requests")
                    List<String> prompts,
            @Schema(
                            description =
                                    "Videos that are made by the large model and, in part, again by the small one; half of them are held out to try the promises",
                            minimum = "" + CalibrationPlan.FEWEST,
                            maximum = "1000",
                            defaultValue = "" + CalibrationPlan.USUAL)
                    Integer samples) {}

    public static CalibrationJobObject of(CalibrationJob job, Optional<PairState> state) {
        return new CalibrationJobObject(
                job.id(),
                "calibration.job",
                job.plan().pair(),
                Values.lower(job.status()),
                job.progress(),
                job.plan().samples(),
                job.learned(),
                job.createdAt().getEpochSecond(),
                job.startedAt().map(Instant::getEpochSecond).orElse(null),
                job.completedAt().map(Instant::getEpochSecond).orElse(null),
                state.map(PairState::name).orElse(null),
                job.failure()
                        .map(f -> new VideoObject.Failure(f.code(), f.message()))
                        .orElse(null));
    }
}
