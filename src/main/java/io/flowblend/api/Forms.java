package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.RequestBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.resteasy.reactive.server.multipart.FormValue;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;

/** Multipart forms as request bodies. */
final class Forms {
    /** The field whose file is an image rather than text. */
    private static final String IMAGE = "input_reference";

    private Forms() {}

    static RequestBody read(MultipartFormDataInput form) {
        Map<String, String> texts = new TreeMap<>();
        for (Map.Entry<String, Collection<FormValue>> field : form.getValues().entrySet()) {
            Collection<FormValue> values = field.getValue();
            if (values.size() != 1) {
                throw ApiError.invalid(
                        field.getKey(), "repeated_field", "The field is given " + values.size() + " times.");
            }
            FormValue value = values.iterator().next();
            boolean isImage = field.getKey().equals(IMAGE) && value.isFileItem();
            texts.put(field.getKey(), isImage ? dataUrl(bytes(value)) : text(value));
        }
        return RequestBody.ofForm(texts);
    }

    /** A part's text; some clients send even text as a file. */
    private static String text(FormValue value) {
        return value.isFileItem() ? new String(bytes(value), StandardCharsets.UTF_8) : value.getValue();
    }

    /** What an image is in a JSON body; what kind it is, its bytes say. */
    private static String dataUrl(byte[] image) {
        return "data:image/file;base64," + Base64.getEncoder().encodeToString(image);
    }

    private static byte[] bytes(FormValue value) {
        try {
            return value.getFileItem().isInMemory()
                    ? value.getFileItem().getInputStream().readAllBytes()
                    : Files.readAllBytes(value.getFileItem().getFile());
        } catch (IOException e) {
            throw ApiError.of(400, "malformed_body", "The form could not be read.");
        }
    }
}
