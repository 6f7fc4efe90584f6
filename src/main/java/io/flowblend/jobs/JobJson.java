package io.flowblend.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.pipeline.VideoRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests and reports as JSON text: exactly the components of the records. All but ASCII is escaped, so that any
 * prompt, with NUL or half a surrogate pair, can be stored in any database.
 */
final class JobJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private JobJson() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    static VideoRequest readRequest(String json) {
        return read(json, new TypeReference<>() {});
    }

    static VideoReport readReport(String json) {
        return read(json, new TypeReference<>() {});
    }

    static List<String> readNames(String json) {
        return read(json, new TypeReference<>() {});
    }

    /** What a video's file says about its making, for its metadata. */
    static Map<String, String> metadata(VideoRequest request, VideoReport report) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("pair", request.pair());
        settings.put("negative_prompt", request.negativePrompt());
        settings.put("seed", request.seed());
        settings.put("steps", request.steps());
        settings.put("schedule", report.trace().schedule());
        settings.put("quality", request.quality());
        settings.put("policy", request.policy());
        settings.put("profile", request.profile());
        settings.put("guidance", request.guidance());
        settings.put("flow_shift", request.flowShift());
        settings.put("width", request.width());
        settings.put("height", request.height());
        settings.put("frames", request.frames());
        settings.put("fps", request.fps());
        return Map.of("title", request.prompt().replace('\0', ' '), "comment", write(settings));
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read as " + type.getType(), e);
        }
    }
}
