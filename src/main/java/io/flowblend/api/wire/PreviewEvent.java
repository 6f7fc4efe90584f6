package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.jobs.PreviewBoard;

/**
 * What a video is coming to.
 *
 * @param nextStep the step that came next when the picture was made, 1 and up
 * @param imageUrl a small JPEG of the middle frame as predicted then, as a data URL
 */
@JsonNaming(SnakeCaseStrategy.class)
public record PreviewEvent(int nextStep, String imageUrl) {
    public static PreviewEvent of(PreviewBoard.Picture picture) {
        return new PreviewEvent(picture.nextStep(), "data:image/jpeg;base64," + picture.jpeg());
    }
}
