package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The request's fields as the OpenAPI document describes them; the names are those that are accepted. Requests are read
 * field by field ({@link VideoFields}), so that each error can name its field.
 */
@JsonNaming(SnakeCaseStrategy.class)
@Schema(description = "What the video should show and how it is made. Only the prompt is required.")
public record CreateVideo(
        @Schema(description = "What the video should show", required = true, minLength = 1) String prompt,
        @Schema(description = "Id of the pair; may be left out when there is one") String model,
        @Schema(description = "What the video should not show") String negativePrompt,
        @Schema(description = "WIDTHxHEIGHT in pixels, multiples of 16", pattern = "^[0-9]+x[0-9]+$", example = "64x64")
                String size,
        @Schema(description = "Pixels, together with height, in place of size", minimum = "16", multipleOf = 16)
                Integer width,
        @Schema(description = "Pixels, together with width, in place of size", minimum = "16", multipleOf = 16)
                Integer height,
        @Schema(
                        description =
                                "Length of the video, as a string or a number; the nearest that the pair can make is made; or num_frames",
                        anyOf = {Double.class, String.class},
                        example = "1.0625")
                Object seconds,
        @Schema(
                        description = "Frames; the nearest number that the pair can make is made; or seconds",
                        minimum = "1",
                        example = "17")
                Integer numFrames,
        @Schema(
                        description = "Frames a second, a number, or a fraction such as 24000/1001 as text",
                        anyOf = {Double.class, String.class},
                        example = "16")
                Object fps,
        @Schema(description = "Solver steps", minimum = "1", maximum = "1000", example = "40")
                Integer numInferenceSteps,
        @Schema(description = "Guidance scale, 0 or 1 = none", minimum = "0", maximum = "100", example = "4")
                Double guidanceScale,
        @JsonProperty("guidance_scale_2")
                @Schema(
                        description = "Guidance scale of the expert for low noise, for pairs that have one (Wan 2.2)",
                        minimum = "0",
                        maximum = "100",
                        example = "3")
                Double guidanceScale2,
        @Schema(
                        description = "Noise level at which that expert takes over",
                        minimum = "0",
                        maximum = "1",
                        example = "0.875")
                Double boundaryRatio,
        @Schema(description = "Flow shift of the sigma schedule, above 0", example = "3") Double flowShift,
        @Schema(description = "Name of a LoRA file of the service's folder") String lora,
        @Schema(
                        description =
                                "The same seed and settings make the same video; drawn at random if left out or -1",
                        minimum = "-1",
                        maximum = "18446744073709551615")
                BigInteger seed,
        @Schema(
                        description =
                                "PNG, JPEG, WebP or GIF to begin with, for pairs that take one: a file in a form, a data URL in"
                                        + " JSON. It is scaled to cover the video's frame and cut to it around its centre")
                InputReference inputReference,
        @Schema(description = "Another name of input_reference, as JSON; file_id is not taken")
                InputReference imageReference,
        @Schema(description = "Fields of this object that a client cannot send by themselves; others are ignored")
                Map<String, Object> extraParams,
        @Schema(
                        description =
                                "Trade-off, a number from 0 = fastest to 1 = large model only; or draft, balanced, high, exact",
                        anyOf = {Double.class, String.class},
                        example = "balanced")
                Object quality,
        @Schema(description = "In place of quality: the best quality within large-only time / speedup", minimum = "1")
                Double speedup,
        @Schema(
                        description = "Who decides",
                        enumeration = {"adaptive", "static", "large", "small"})
                String policy,
        @Schema(
                        description =
                                "Static schedule: LSL, LSS, ..., eighths such as LLLSSSSL or LL22L33L, or one letter a step",
                        pattern = "^[LS]+$")
                String schedule,
        @Schema(description = "Name of a tuning profile that the active one allows") String profile,
        @Schema(
                        description =
                                "Higher ones go first and interrupt lower ones between two steps; above 0 for admin keys only",
                        minimum = "-10",
                        maximum = "10",
                        defaultValue = "0")
                Integer priority,
        @Schema(
                        description =
                                "Seconds from now by which the video has to be finished; it fails with deadline_exceeded otherwise."
                                        + " Of a key's videos of one priority the earliest deadline goes first",
                        minimum = "1",
                        maximum = "2592000")
                Double deadlineS,
        @Schema(
                        description = "Told of the end of the video by a signed POST; https",
                        example = "https://example.com/hook")
                String webhookUrl,
        @Schema(description = "Accepted for OpenAI's clients; listed in flowblend.ignored") String user) {

    /** Name of the body that brings these fields, in the OpenAPI document. */
    public static final String BODY = "CreateVideo";

    /** The image of a JSON request. */
    @JsonNaming(SnakeCaseStrategy.class)
    @Schema(name = "InputReference")
    public record InputReference(
            @Schema(required = true, example = "data:image/png;base64,iVBORw0KGgo...") String imageUrl) {}

    /** What a plan is asked for besides. */
    @Schema(name = "PlanQualities")
    public record Qualities(
            @Schema(
                            description = "Qualities within 0..1 to plan; nine from 0 to 1 if they are left out",
                            minItems = 1,
                            maxItems = 100)
                    List<Double> qualities) {}

    /** The request of a remix. */
    @Schema(name = "RemixVideo")
    public record Remix(
            @Schema(description = "What the new video should show", required = true, minLength = 1) String prompt) {}
}
