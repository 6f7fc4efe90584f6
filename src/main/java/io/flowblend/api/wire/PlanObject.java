package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.pipeline.PlannedQuality;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What qualities come to for a request; nothing was run.
 *
 * @param object "video.plan"
 * @param model id of the pair
 * @param data one entry a quality, in the order asked
 */
@JsonNaming(SnakeCaseStrategy.class)
public record PlanObject(String object, String model, List<Entry> data) {
    /**
     * @param quality 0..1
     * @param schedule of a typical request, one letter a step
     * @param compute cost of the steps over that of LARGE alone, 0 and up
     * @param seconds of the whole video, its waiting apart, by this worker's own figures; null until it has any
     * @param promise null where nothing is promised
     */
    @Schema(name = "PlannedQuality")
    public record Entry(
            double quality,
            String schedule,
            double compute,
            @Schema(nullable = true) @Nullable Double seconds,
            @Schema(nullable = true) @Nullable PromiseObject promise) {}

    public static PlanObject of(String model, List<PlannedQuality> plans) {
        return new PlanObject(
                "video.plan", model, plans.stream().map(PlanObject::entry).toList());
    }

    static Entry entry(PlannedQuality plan) {
        return new Entry(
                plan.quality(),
                plan.schedule(),
                plan.compute(),
                Values.orNull(plan.seconds()),
                plan.promise().map(PromiseObject::of).orElse(null));
    }
}
