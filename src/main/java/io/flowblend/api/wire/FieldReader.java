package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.flowblend.video.FrameRate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads typed values out of a {@link RequestBody}; a value of the wrong type is an error that names the field. */
final class FieldReader {
    /** Characters of the longest text that is looked at as a number. */
    private static final int LONGEST_NUMBER = 64;

    /** What stands before the base64 of an image. */
    private static final Pattern IMAGE = Pattern.compile("data:image/[a-zA-Z0-9.+-]{1,32};base64,");

    private final RequestBody body;

    FieldReader(RequestBody body) {
        this.body = body;
    }

    boolean has(String field) {
        return body.fields().containsKey(field);
    }

    Optional<String> text(String field) {
        return value(field).map(value -> {
            if (!value.isTextual()) {
                throw wrongType(field, "a string", value);
            }
            return value.textValue();
        });
    }

    /** A word or a number, as text. */
    Optional<String> textOrNumber(String field) {
        return value(field).map(value -> {
            if (!value.isTextual() && !value.isNumber()) {
                throw wrongType(field, "a number or a string", value);
            }
            if (value.isNumber()) {
                toDouble(field, Optional.of(value.decimalValue()));
            }
            return value.asText().strip();
        });
    }

    /** A list of 1 to 100 numbers within 0..1. */
    Optional<List<Double>> qualities(String field) {
        return value(field).map(value -> {
            boolean fits = value.isArray() && !value.isEmpty() && value.size() <= 100;
            List<Double> numbers = new ArrayList<>();
            for (JsonNode element : value) {
                fits &= element.isNumber() && element.doubleValue() >= 0 && element.doubleValue() <= 1;
                numbers.add(element.doubleValue());
            }
            if (!fits) {
                throw ApiError.invalid(
                        field, "invalid_value", "'" + field + "' has to be a list of 1 to 100 numbers within 0..1.");
            }
            return numbers;
        });
    }

    /** The bytes of an image: a data URL, as text or as the {@code image_url} of an object. */
    Optional<byte[]> image(String field) {
        return value(field).map(value -> {
            boolean isText =
                    value.isTextual() && value.textValue().stripLeading().startsWith("{");
            JsonNode reference = isText
                    ? JsonNodeFactory.instance
                            .objectNode()
                            .setAll(RequestBody.ofObject(field, value).fields())
                    : value;
            JsonNode url = reference.isObject() && reference.size() == 1 ? reference.path("image_url") : reference;
            Matcher matcher = IMAGE.matcher(url.isTextual() ? url.textValue() : "");
            if (!matcher.lookingAt()) {
                throw ApiError.invalid(
                        field,
                        "invalid_value",
                        "'" + field + "' has to be an image: a file in a form, or {\"image_url\": "
                                + "\"data:image/png;base64,...\"}; nothing is fetched from elsewhere.");
            }
            try {
                return Base64.getMimeDecoder().decode(url.textValue().substring(matcher.end()));
            } catch (IllegalArgumentException e) {
                throw ApiError.invalid(field, "invalid_value", "'" + field + "' is not valid base64.");
            }
        });
    }

    OptionalInt integer(String field) {
        OptionalLong number = longInteger(field);
        if (number.isEmpty()) {
            return OptionalInt.empty();
        }
        long value = number.getAsLong();
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw ApiError.invalid(field, "invalid_value", "'" + field + "' is out of range: " + value + ".");
        }
        return OptionalInt.of((int) value);
    }

    OptionalLong longInteger(String field) {
        Optional<BigDecimal> number = decimal(field, "an integer", false);
        if (number.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(number.get().longValueExact());
        } catch (ArithmeticException e) {
            throw ApiError.invalid(
                    field,
                    "invalid_type",
                    "'" + field + "' has to be an integer of at most 63 bits, not "
                            + Text.shortened(number.get().toString()) + ".");
        }
    }

    /** A whole number of 64 bits without a sign, as its bits; empty for -1, which asks for one to be drawn. */
    OptionalLong seed(String field) {
        Optional<BigDecimal> number = decimal(field, "an integer", false);
        if (number.isEmpty() || number.get().compareTo(BigDecimal.ONE.negate()) == 0) {
            return OptionalLong.empty();
        }
        try {
            BigInteger value = number.get().toBigIntegerExact();
            if (value.signum() >= 0 && value.bitLength() <= Long.SIZE) {
                return OptionalLong.of(value.longValue());
            }
        } catch (ArithmeticException e) {
            // a fraction is refused as what is out of range
        }
        throw ApiError.invalid(
                field,
                "invalid_value",
                "'" + field + "' has to be an integer from 0 to 2^64 - 1, or -1 for one that is drawn, not "
                        + Text.shortened(number.get().toString()) + ".");
    }

    /** A number, or a fraction as text. */
    Optional<FrameRate> frameRate(String field) {
        return value(field).map(value -> {
            boolean isText = value.isTextual() && value.textValue().length() <= LONGEST_NUMBER;
            if (!value.isNumber() && !isText) {
                throw wrongType(field, "a number or a fraction such as \"24000/1001\"", value);
            }
            try {
                return FrameRate.parse(
                        isText ? value.textValue() : value.decimalValue().toPlainString());
            } catch (IllegalArgumentException e) {
                throw ApiError.invalid(field, "invalid_value", "'" + field + "': " + e.getMessage() + ".");
            }
        });
    }

    OptionalDouble number(String field) {
        return toDouble(field, decimal(field, "a number", false));
    }

    /** A number that JSON, too, may hold as text: {@code "4"} or {@code 4}. */
    OptionalDouble numberOrText(String field) {
        return toDouble(field, decimal(field, "a number", true));
    }

    private Optional<BigDecimal> decimal(String field, String expected, boolean textAllowed) {
        return value(field).map(value -> {
            if (value.isNumber()) {
                return value.decimalValue();
            }
            boolean mayBeText = textAllowed || body.isForm();
            if (!mayBeText || !value.isTextual() || value.textValue().length() > LONGEST_NUMBER) {
                throw wrongType(field, expected, value);
            }
            try {
                return new BigDecimal(value.textValue().strip());
            } catch (NumberFormatException e) {
                throw wrongType(field, expected, value);
            }
        });
    }

    private static OptionalDouble toDouble(String field, Optional<BigDecimal> number) {
        if (number.isEmpty()) {
            return OptionalDouble.empty();
        }
        double value = number.get().doubleValue();
        if (!Double.isFinite(value)) {
            throw ApiError.invalid(field, "invalid_value", "'" + field + "' is out of range.");
        }
        return OptionalDouble.of(value);
    }

    private Optional<JsonNode> value(String field) {
        return Optional.ofNullable(body.fields().get(field));
    }

    private static ApiError wrongType(String field, String expected, JsonNode value) {
        String actual = value.isContainerNode()
                ? "an " + value.getNodeType().name().toLowerCase(Locale.ROOT)
                : Text.shortened(value.toString());
        return ApiError.invalid(
                field, "invalid_type", "'" + field + "' has to be " + expected + ", not " + actual + ".");
    }
}
