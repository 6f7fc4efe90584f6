package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.control.Promise;
import io.flowblend.jobs.VideoJob;
import io.flowblend.pipeline.DecidedAgain;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What an edited tuning profile would have made of finished videos, beside the active one. Both decide from the numbers of the
 * videos' traces and from what is known of the pair today; no model runs.
 *
 * @param object "profile.what_if"
 * @param model id of the pair
 * @param base name of the profile that was edited
 * @param active name of the active profile
 * @param changed keys that differ from {@code base}
 * @param withoutEffect those of them that change no decision about a finished video
 * @param edited the edited profile over all videos
 * @param beside the active profile over all videos
 * @param data the videos, newest first
 */
@JsonNaming(SnakeCaseStrategy.class)
public record WhatIfObject(
        String object,
        String model,
        String base,
        String active,
        List<String> changed,
        List<String> withoutEffect,
        Mean edited,
        Mean beside,
        List<Entry> data) {
    private static final Set<String> ABOUT_LEARNING_OR_DEFAULTS = Set.of(
            "allowed_profiles",
            "default_quality",
            "min_samples",
            "min_support",
            "memory",
            "drift_evidence",
            "learning_budget",
            "audit_share");

    /**
     * Means over the videos; null without any.
     *
     * @param compute cost of the steps over that of LARGE alone, 0 and up
     * @param promisedDeviation relative L2 of the final latents, 0 and up, of those that are promised one
     * @param predictedDeviation the same as predicted for the steps, of those with a prediction
     */
    @Schema(name = "WhatIfMean")
    @JsonNaming(SnakeCaseStrategy.class)
    public record Mean(
            @Schema(nullable = true) @Nullable Double compute,
            @Schema(nullable = true) @Nullable Double promisedDeviation,
            @Schema(nullable = true) @Nullable Double predictedDeviation) {}

    /**
     * One video.
     *
     * @param id of the video
     * @param quality that was asked for, 0..1
     * @param edited what the edited profile makes of it
     * @param beside what the active profile makes of it
     */
    @Schema(name = "WhatIfVideo")
    @JsonNaming(SnakeCaseStrategy.class)
    public record Entry(String id, double quality, Run edited, Run beside) {}

    /**
     * One video under one profile.
     *
     * @param schedule one letter a step
     * @param compute cost of the steps over that of LARGE alone, 0 and up
     * @param promise null where nothing is promised
     * @param predictedDeviation relative L2 of the final latents, 0 and up; null if nothing is known
     */
    @Schema(name = "WhatIfRun")
    @JsonNaming(SnakeCaseStrategy.class)
    public record Run(
            String schedule,
            double compute,
            @Schema(nullable = true) @Nullable PromiseObject promise,
            @Schema(nullable = true) @Nullable Double predictedDeviation) {}

    /** One video under both profiles. */
    public record Compared(VideoJob video, DecidedAgain edited, DecidedAgain beside) {}

    public static WhatIfObject of(String model, ProfileEdit edit, String active, List<Compared> compared) {
        return new WhatIfObject(
                "profile.what_if",
                model,
                edit.base().name(),
                active,
                edit.keys(),
                edit.keys().stream()
                        .filter(ABOUT_LEARNING_OR_DEFAULTS::contains)
                        .toList(),
                mean(compared, Compared::edited),
                mean(compared, Compared::beside),
                compared.stream()
                        .map(one -> new Entry(
                                one.video().id(),
                                one.video().request().quality(),
                                run(one.edited()),
                                run(one.beside())))
                        .toList());
    }

    private static Run run(DecidedAgain again) {
        return new Run(
                again.schedule(),
                again.compute(),
                again.promise().map(PromiseObject::of).orElse(null),
                Values.orNull(again.predictedDeviation()));
    }

    private static Mean mean(List<Compared> compared, Function<Compared, DecidedAgain> side) {
        List<DecidedAgain> runs = compared.stream().map(side).toList();
        return new Mean(
                Values.orNull(runs.stream().mapToDouble(DecidedAgain::compute).average()),
                Values.orNull(runs.stream()
                        .flatMap(run -> run.promise().stream())
                        .mapToDouble(Promise::deviation)
                        .average()),
                Values.orNull(runs.stream()
                        .map(DecidedAgain::predictedDeviation)
                        .filter(OptionalDouble::isPresent)
                        .mapToDouble(OptionalDouble::getAsDouble)
                        .average()));
    }
}
