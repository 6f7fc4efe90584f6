package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.PairState;
import io.flowblend.model.PairSpec;
import java.time.Instant;
import java.util.List;

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
            double flowShift,
            String negativePrompt,
            String solver,
            StoredProfile storedProfile) {}

    /** The LSL schedule that the controller falls back to: fractions of the steps that LARGE makes. */
    public record StoredProfile(double early, double late) {}

    /** The most that may be asked for. */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Limits(int maxPixels, int maxFrames) {}

    public static ModelObject of(PairSpec spec, PairState state, Instant created) {
        PairSpec.Video video = spec.video();
        PairSpec.Sampling sampling = spec.sampling();
        Defaults defaults = new Defaults(
                video.width() + "x" + video.height(),
                video.frames(),
                video.fps(),
                sampling.steps(),
                sampling.guidance(),
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
                        new Limits(video.maxPixels(), video.maxFrames()),
                        spec.prompts().vocabulary(),
                        spec.prompts().examples()));
    }
}
