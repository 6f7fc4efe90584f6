package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.PairState;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.Abilities;
import io.flowblend.request.RequestResolver;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A pair as OpenAI's clients see a model.
 *
 * @param created seconds since 1970, when this service took the pair up
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ModelObject(String id, String object, long created, String ownedBy, Blend flowblend) {

    /**
     * What is special to this service.
     *
     * @param state COLD, LEARNING, ADAPTIVE or DRIFTED
     * @param vocabulary the words that the pair knows, by kind; empty where it takes any text
     * @param examples prompts that it does well
     */
    @Schema(name = "ModelBlend")
    public record Blend(
            String state, Defaults defaults, Limits limits, List<List<String>> vocabulary, List<String> examples) {}

    /** What is used where a request says nothing. */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Defaults(
            String size,
            int numFrames,
            int fps,
            int numInferenceSteps,
            double guidanceScale,
            @JsonProperty("guidance_scale_2") @Schema(nullable = true) @Nullable Double guidanceScale2,
            @Schema(nullable = true) @Nullable Double boundaryRatio,
            double flowShift,
            String negativePrompt,
            String solver,
            StoredProfile storedProfile) {}

    /** The LSL schedule that the controller falls back to: fractions of the steps that LARGE makes. */
    public record StoredProfile(double early, double late) {}

    /**
     * What may be asked for.
     *
     * @param sizeMultiple width and height are multiples of it
     * @param frameRule the numbers of frames that are made; any other length becomes the nearest of them
     * @param maxPixels of a frame
     * @param inputReference whether an image to begin with is taken
     * @param numInferenceSteps the only number of steps there is, or null
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Limits(
            int sizeMultiple,
            String frameRule,
            int maxPixels,
            int maxFrames,
            int maxFps,
            int maxNumInferenceSteps,
            @Schema(nullable = true) @Nullable Integer numInferenceSteps,
            double maxGuidanceScale,
            double maxFlowShift,
            int maxPromptTokens,
            boolean inputReference) {}

    public static ModelObject of(PairSpec spec, PairState state, Abilities abilities, Instant created) {
        PairSpec.Video video = spec.video();
        PairSpec.Sampling sampling = spec.sampling();
        Defaults defaults = new Defaults(
                video.width() + "x" + video.height(),
                video.frames(),
                video.fps(),
                sampling.steps(),
                sampling.guidance(),
                spec.lowNoise()
                        .map(low -> low.guidance().orElse(sampling.guidance()))
                        .orElse(null),
                spec.lowNoise().map(low -> low.boundary().sigma()).orElse(null),
                sampling.shift(),
                sampling.negativePrompt(),
                sampling.solver(),
                new StoredProfile(
                        spec.storedProfile().early(), spec.storedProfile().late()));
        return new ModelObject(
                spec.id(),
                "model",
                created.getEpochSecond(),
                "flowblend",
                new Blend(
                        state.name(),
                        defaults,
                        limits(spec, abilities),
                        vocabulary(spec, abilities),
                        spec.prompts().examples()));
    }

    /** What the pair's description says, else what its tokenizer or its table of prompts knows. */
    private static List<List<String>> vocabulary(PairSpec spec, Abilities abilities) {
        List<List<String>> described = spec.prompts().vocabulary();
        return described.isEmpty() && !abilities.vocabulary().isEmpty() ? List.of(abilities.vocabulary()) : described;
    }

    private static Limits limits(PairSpec spec, Abilities abilities) {
        int step = abilities.frameStep();
        return new Limits(
                abilities.sizeMultiple(),
                step == 1 ? "any" : step + "k+1",
                spec.video().maxPixels(),
                spec.video().maxFrames(),
                RequestResolver.MOST_FPS,
                RequestResolver.MOST_STEPS,
                spec.sampling().fixedSteps().isPresent()
                        ? spec.sampling().fixedSteps().getAsInt()
                        : null,
                RequestResolver.MOST_GUIDANCE,
                RequestResolver.MOST_SHIFT,
                spec.textPositions(),
                abilities.firstFrame());
    }
}
