package io.flowblend.quality.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JSON object of a file of Hugging Face's transformers: keys that are of no meaning here are left aside. */
record NetworkConfig(Path file, JsonNode node) {
    static NetworkConfig read(Path file) {
        try {
            JsonNode node = new ObjectMapper().readTree(file.toFile());
            if (!node.isObject()) {
                throw new InvalidFileException(file, "is not a JSON object");
            }
            return new NetworkConfig(file, node);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read as JSON: " + e.getMessage(), e);
        }
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    NetworkConfig object(String key) {
        JsonNode value = node.path(key);
        if (!value.isObject()) {
            throw expected(key, "an object");
        }
        return new NetworkConfig(file, value);
    }

    int integer(String key) {
        JsonNode value = node.path(key);
        if (!value.isInt() || value.asInt() < 1) {
            throw expected(key, "a whole number, 1 or more");
        }
        return value.asInt();
    }

    double number(String key, double absent) {
        JsonNode value = node.path(key);
        if (has(key) && !value.isNumber()) {
            throw expected(key, "a number");
        }
        return has(key) ? value.asDouble() : absent;
    }

    boolean flag(String key, boolean absent) {
        JsonNode value = node.path(key);
        if (has(key) && !value.isBoolean()) {
            throw expected(key, "true or false");
        }
        return has(key) ? value.asBoolean() : absent;
    }

    String text(String key, String absent) {
        JsonNode value = node.path(key);
        if (has(key) && !value.isTextual()) {
            throw expected(key, "a text");
        }
        return has(key) ? value.asText() : absent;
    }

    /** One number a colour. */
    double[] colours(String key) {
        List<Double> values = new ArrayList<>();
        node.path(key).forEach(value -> values.add(value.asDouble(Double.NaN)));
        if (values.size() != 3 || values.stream().anyMatch(value -> value.isNaN())) {
            throw expected(key, "three numbers");
        }
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** A key whose value is not what is supported. */
    InvalidFileException expected(String key, String what) {
        return new InvalidFileException(file, "key '" + key + "' is " + node.path(key) + ", expected " + what);
    }
}
