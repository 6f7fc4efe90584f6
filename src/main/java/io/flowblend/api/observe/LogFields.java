package io.flowblend.api.observe;

import io.flowblend.api.RequestIdFilter;
import io.flowblend.jobs.VideoJob;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * What the log records of this thread are about, as fields beside their text (JSON logs show all of them, the console its
 * request id). Until it is closed; then whatever was there before is back.
 */
final class LogFields implements AutoCloseable {
    private final Map<String, @Nullable Object> before = new HashMap<>();

    private LogFields() {}

    static LogFields of(VideoJob job) {
        LogFields fields = new LogFields();
        fields.put("video_id", job.id());
        fields.put("pair", job.request().pair());
        job.requestId().ifPresent(id -> fields.put(RequestIdFilter.LOGGED_REQUEST_ID, id));
        return fields;
    }

    static LogFields of(String pair) {
        LogFields fields = new LogFields();
        fields.put("pair", pair);
        return fields;
    }

    private void put(String name, String value) {
        before.put(name, MDC.get(name));
        MDC.put(name, value);
    }

    @Override
    public void close() {
        before.forEach((name, value) -> {
            if (value == null) {
                MDC.remove(name);
            } else {
                MDC.put(name, value);
            }
        });
    }
}
