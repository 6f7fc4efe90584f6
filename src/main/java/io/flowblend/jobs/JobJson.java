package io.flowblend.jobs;

import com.fasterxml.jackson.core.type.TypeReference;
import io.flowblend.pipeline.RecordJson;
import io.flowblend.pipeline.VideoReport;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.Trace;
import java.util.List;

/** Requests, reports and traces as JSON text. */
final class JobJson {
    private JobJson() {}

    static String write(Object value) {
        return RecordJson.write(value);
    }

    static VideoRequest readRequest(String json) {
        return RecordJson.read(json, new TypeReference<>() {});
    }

    static VideoReport readReport(String json) {
        return RecordJson.read(json, new TypeReference<>() {});
    }

    static Trace readTrace(String json) {
        return RecordJson.read(json, new TypeReference<>() {});
    }

    static List<String> readNames(String json) {
        return RecordJson.read(json, new TypeReference<>() {});
    }
}
