package io.flowblend.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.request.VideoRequest;
import java.util.Map;

/** What a video's file says about its making: {@code title} is the prompt, {@code comment} the settings as JSON. */
public final class VideoMetadata {
    private static final ObjectMapper JSON = new ObjectMapper();

    private VideoMetadata() {}

    public static Map<String, String> of(VideoRequest request, VideoReport report) {
        ObjectNode settings = JSON.createObjectNode();
        settings.put("pair", request.pair())
                .put("negative_prompt", request.negativePrompt())
                .put("seed", new java.math.BigInteger(Long.toUnsignedString(request.seed())))
                .put("steps", request.steps())
                .put("schedule", report.trace().letters())
                .put("quality", request.quality())
                .put("policy", request.policy())
                .put("profile", request.profile())
                .put("guidance", request.guidance())
                .put("flow_shift", request.flowShift())
                .put("width", request.width())
                .put("height", request.height())
                .put("frames", request.frames())
                .putPOJO("fps", request.fps().json());
        return Map.of("title", request.prompt().replace('\0', ' '), "comment", settings.toString());
    }
}
