package io.flowblend.experiment.newpair;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Copies a float32 safetensors file with some tensors left out and the values of the others changed. */
final class ChangedWeights {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ChangedWeights() {}

    /**
     * @param kept by name, which tensors the copy has
     * @param change given a tensor's name and values, its new ones, as many
     */
    static void copy(Path from, Path to, Predicate<String> kept, BiFunction<String, float[], float[]> change)
            throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(from)).order(ByteOrder.LITTLE_ENDIAN);
        int headLength = (int) file.getLong(0);
        JsonNode head = JSON.readTree(file.array(), Long.BYTES, headLength);
        ObjectNode newHead = JSON.createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Map.Entry<String, JsonNode> entry : head.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                newHead.set(entry.getKey(), entry.getValue());
            } else if (kept.test(entry.getKey())) {
                int begin = data.size();
                float[] values = values(file, Long.BYTES + headLength, entry.getValue());
                data.writeBytes(bytes(change.apply(entry.getKey(), values)));
                ObjectNode tensor = entry.getValue().deepCopy();
                tensor.putArray("data_offsets").add(begin).add(data.size());
                newHead.set(entry.getKey(), tensor);
            }
        }
        byte[] headBytes = padded(newHead.toString()).getBytes(StandardCharsets.UTF_8);
        ByteBuffer copy = ByteBuffer.allocate(Long.BYTES + headBytes.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headBytes.length)
                .put(headBytes)
                .put(data.toByteArray());
        Files.write(to, copy.array());
    }

    private static float[] values(ByteBuffer file, int dataStart, JsonNode tensor) {
        if (!tensor.path("dtype").asText().equals("F32")) {
            throw new IllegalArgumentException("only F32 tensors can be changed, not " + tensor.path("dtype"));
        }
        int begin = tensor.path("data_offsets").path(0).asInt();
        int end = tensor.path("data_offsets").path(1).asInt();
        float[] values = new float[(end - begin) / Float.BYTES];
        file.slice(dataStart + begin, end - begin)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** The format wants the data to begin at a multiple of 8. */
    private static String padded(String head) {
        return head + " ".repeat((8 - head.getBytes(StandardCharsets.UTF_8).length % 8) % 8);
    }
}
