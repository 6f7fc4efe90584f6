package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.tensor.WeightFiles;
import java.util.List;

/** The description of all parts of an LTX-Video pipeline that its files have in their metadata, under {@code config}. */
final class LtxMetadata {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LtxMetadata() {}

    /** What it says of a part; nothing where there is no such description. */
    static JsonNode of(WeightFiles files, String part) {
        String text = files.metadata("config").orElse("");
        if (text.isEmpty()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(text).path(part);
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(
                    files.source(), "'config' in its metadata is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Fails unless the key is absent, null or one of the {@code supported} values. */
    static void require(WeightFiles files, JsonNode said, String key, String... supported) {
        JsonNode value = said.path(key);
        if (!value.isMissingNode() && !value.isNull() && !List.of(supported).contains(value.asText())) {
            throw new InvalidFileException(
                    files.source(),
                    "'" + key + "' in the 'config' of its metadata is " + value + "; supported is "
                            + String.join(" or ", supported));
        }
    }
}
