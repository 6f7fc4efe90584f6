package io.flowblend.api.wire;

import java.util.Set;

/** Bodies that hold one field and nothing else. */
public final class SingleField {
    private SingleField() {}

    /** @throws ApiError naming the field that is missing, of another type or unknown */
    public static String text(RequestBody body, String field) {
        VideoFields.refuseUnknown(body, Set.of(field));
        return new FieldReader(body)
                .text(field)
                .orElseThrow(() -> ApiError.invalid(field, "missing_field", "'" + field + "' is required."));
    }
}
