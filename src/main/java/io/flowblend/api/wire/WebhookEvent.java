package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.jobs.VideoJob;
import java.time.Instant;

/**
 * What a webhook is told.
 *
 * @param id the same for every attempt to deliver it
 * @param createdAt when the video ended, seconds
 * @param type {@code video.completed} or {@code video.failed}
 */
@JsonNaming(SnakeCaseStrategy.class)
public record WebhookEvent(String id, String object, long createdAt, String type, Video data) {
    /** The video; what it is now is for its owner to ask. */
    public record Video(String id) {}

    public static WebhookEvent of(VideoJob job) {
        return new WebhookEvent(
                "evt_" + job.id(),
                "event",
                job.completedAt().map(Instant::getEpochSecond).orElse(0L),
                "video." + Values.lower(job.status()),
                new Video(job.id()));
    }
}
