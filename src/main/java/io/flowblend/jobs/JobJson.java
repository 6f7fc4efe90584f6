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
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.util.List;

/**
 * Requests, reports and traces as JSON text: exactly the components of the records. All but ASCII is escaped, so that any
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

    static Trace readTrace(String json) {
        return read(json, new TypeReference<>() {});
    }

    static List<String> readNames(String json) {
        return read(json, new TypeReference<>() {});
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read as " + type.getType(), e);
        }
    }
}
