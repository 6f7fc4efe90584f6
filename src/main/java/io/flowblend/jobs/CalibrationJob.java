package io.flowblend.jobs;

import io.flowblend.learning.CalibrationPlan;
import java.time.Instant;
import java.util.Optional;

/**
 * A calibration that somebody started.
 *
 * @param id {@code calibration_} and 26 characters that sort by time of creation
 * @param learned samples that are measured, 0 .. samples
 * @param progress 0..100 by work done
 * @param startedAt when its first lesson began
 */
public record CalibrationJob(
        String id,
        CalibrationPlan plan,
        VideoJob.Status status,
        int learned,
        int progress,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> completedAt,
        Optional<VideoJob.Failure> failure) {

    public boolean isFinal() {
        return status == VideoJob.Status.COMPLETED || status == VideoJob.Status.FAILED;
    }
}
