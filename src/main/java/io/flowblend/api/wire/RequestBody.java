package io.flowblend.api.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The fields of a request, from JSON or from a form. In a form every value is text; in JSON a number is a number.
 *
 * @param fields by name, sorted; nulls are left out, since clients send them for what is not set
 * @param isForm whether numbers may come as text
 */
public record RequestBody(SortedMap<String, JsonNode> fields, boolean isForm) {
    private static final ObjectReader READER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
            .readerFor(JsonNode.class);

    /**
     * Reads a body of either kind.
     *
     * @param contentType value of the header; without one, JSON is expected
     */
    public static RequestBody of(Optional<String> contentType, byte[] body) {
        boolean isForm = contentType
                .filter(type -> type.toLowerCase(Locale.ROOT).strip().startsWith("multipart/form-data"))
                .isPresent();
        return isForm ? ofForm(MultipartForm.read(contentType.orElse(""), body)) : ofJson(body);
    }

    /** Reads a JSON object. */
    public static RequestBody ofJson(byte[] json) {
        JsonNode root;
        try {
            root = READER.readTree(json);
        } catch (JsonProcessingException e) {
            throw malformed(Optional.of(e));
        } catch (NumberFormatException e) {
            throw ApiError.of(400, "malformed_body", "A number in the body has too large an exponent.");
        } catch (IOException e) {
            throw malformed(Optional.empty());
        }
        if (!root.isObject()) {
            throw ApiError.of(400, "malformed_body", "The body has to be a JSON object.");
        }
        SortedMap<String, JsonNode> fields = new TreeMap<>();
        root.properties().forEach(property -> {
            if (!property.getValue().isNull()) {
                fields.put(property.getKey(), property.getValue());
            }
        });
        return new RequestBody(fields, false);
    }

    /** Takes the text fields of a form; {@code input[image_url]} is a part of {@code input}. */
    private static RequestBody ofForm(Map<String, String> texts) {
        SortedMap<String, JsonNode> fields = new TreeMap<>();
        texts.forEach((name, text) -> {
            int bracket = name.indexOf('[');
            fields.put(bracket > 0 ? name.substring(0, bracket) : name, JsonNodeFactory.instance.textNode(text));
        });
        return new RequestBody(fields, true);
    }

    /**
     * The same with what a JSON object in a field holds beside it: fields that are known take their place among the others,
     * and the rest are fields {@code field.NAME}.
     *
     * @throws ApiError if it is no JSON object, or names what stands beside it, too
     */
    RequestBody unfolded(String field, Set<String> known) {
        JsonNode folded = fields.get(field);
        if (folded == null) {
            return this;
        }
        RequestBody inner = ofObject(field, folded);
        SortedMap<String, JsonNode> all = new TreeMap<>(fields);
        all.remove(field);
        inner.fields().forEach((name, value) -> {
            boolean isKnown = known.contains(name) && !name.equals(field);
            if (isKnown && fields.containsKey(name)) {
                throw ApiError.invalid(
                        name, "conflicting_fields", "'" + name + "' is given twice, once in '" + field + "'.");
            }
            all.put(isKnown ? name : field + "." + Text.shortened(name), value);
        });
        return new RequestBody(all, isForm);
    }

    /** A JSON object, as a field or as the text of one. */
    static RequestBody ofObject(String field, JsonNode value) {
        try {
            if (value.isObject()) {
                return ofJson(value.toString().getBytes(StandardCharsets.UTF_8));
            }
            if (value.isTextual()) {
                return ofJson(value.textValue().getBytes(StandardCharsets.UTF_8));
            }
        } catch (ApiError e) {
            // named below, by its field
        }
        throw ApiError.invalid(field, "invalid_type", "'" + field + "' has to be a JSON object.");
    }

    /** The same without a field. */
    RequestBody without(String field) {
        SortedMap<String, JsonNode> others = new TreeMap<>(fields);
        others.remove(field);
        return new RequestBody(others, isForm);
    }

    /**
     * A digest that is equal for equal fields of the same route, whether they came as JSON or as a form, in whatever order.
     *
     * @param route what was asked for, with the id of the video that it was asked of
     */
    public String digest(String route) {
        MessageDigest sha256 = sha256();
        sha256.update(JsonNodeFactory.instance.textNode(route).toString().getBytes(StandardCharsets.UTF_8));
        fields.forEach((name, value) -> {
            sha256.update(JsonNodeFactory.instance.textNode(name).toString().getBytes(StandardCharsets.UTF_8));
            String text = value.isContainerNode() ? value.toString() : value.asText();
            sha256.update(JsonNodeFactory.instance.textNode(text).toString().getBytes(StandardCharsets.UTF_8));
        });
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static ApiError malformed(Optional<JsonProcessingException> cause) {
        String where = cause.map(JsonProcessingException::getLocation)
                .map(location -> " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")")
                .orElse("");
        return ApiError.of(400, "malformed_body", "The body is not valid JSON" + where + ".");
    }
}
