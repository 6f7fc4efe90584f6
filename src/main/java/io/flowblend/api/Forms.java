package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.RequestBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.resteasy.reactive.server.multipart.FormValue;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;

/** Multipart forms as request bodies. */
final class Forms {
    private Forms() {}

    static RequestBody read(MultipartFormDataInput form) {
        Map<String, String> texts = new TreeMap<>();
        for (Map.Entry<String, Collection<FormValue>> field : form.getValues().entrySet()) {
            Collection<FormValue> values = field.getValue();
            if (values.size() != 1) {
                throw ApiError.invalid(
                        field.getKey(), "repeated_field", "The field is given " + values.size() + " times.");
            }
            texts.put(field.getKey(), text(values.iterator().next()));
        }
        return RequestBody.ofForm(texts);
    }

    /** A part's text; some clients send even text as a file. */
    private static String text(FormValue value) {
        if (!value.isFileItem()) {
            return value.getValue();
        }
        try {
            return value.getFileItem().isInMemory()
                    ? new String(value.getFileItem().getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    : new String(Files.readAllBytes(value.getFileItem().getFile()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ApiError.of(400, "malformed_body", "The form could not be read.");
        }
    }
}
