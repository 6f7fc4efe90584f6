package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.learning.CalibrationPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The request that starts a calibration. */
public final class CalibrationFields {
    private static final int MOST_SAMPLES = 1000;
    private static final int MOST_PROMPTS = 1000;

    private CalibrationFields() {}

    /** @throws ApiError naming the field that cannot be done */
    public static CalibrationPlan read(String pair, RequestBody body) {
        VideoFields.refuseUnknown(body, Set.of("prompts", "samples"));
        int samples = new FieldReader(body).integer("samples").orElse(CalibrationPlan.USUAL);
        if (samples < CalibrationPlan.FEWEST || samples > MOST_SAMPLES) {
            throw ApiError.invalid(
                    "samples",
                    "invalid_value",
                    "'samples' has to be an integer from " + CalibrationPlan.FEWEST + " to " + MOST_SAMPLES + ".");
        }
        return new CalibrationPlan(pair, prompts(body), samples);
    }

    private static List<String> prompts(RequestBody body) {
        JsonNode list = body.fields().get("prompts");
        List<String> prompts = new ArrayList<>();
        if (list == null) {
            return prompts;
        }
        if (list.isArray() && list.size() <= MOST_PROMPTS) {
            list.forEach(prompt -> {
                if (prompt.isTextual() && !prompt.textValue().isBlank()) {
                    prompts.add(prompt.textValue());
                }
            });
        }
        if (prompts.isEmpty() || prompts.size() != list.size()) {
            throw ApiError.invalid(
                    "prompts",
                    "invalid_value",
                    "'prompts' has to be a list of 1 to " + MOST_PROMPTS + " texts, none of them empty.");
        }
        return prompts;
    }
}
