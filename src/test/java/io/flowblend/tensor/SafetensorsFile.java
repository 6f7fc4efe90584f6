package io.flowblend.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A safetensors file in memory, to be changed and written: what tests damage on purpose. */
public final class SafetensorsFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    private record Stored(String dtype, long[] shape, byte[] data) {}

    public static SafetensorsFile read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(bytes.getLong())];
        bytes.get(header);
        SafetensorsFile read = new SafetensorsFile();
        for (Map.Entry<String, JsonNode> field : JSON.readTree(header).properties()) {
            if (!field.getKey().equals("__metadata__")) {
                JsonNode node = field.getValue();
                long[] shape = node.get("shape")
                        .valueStream()
                        .mapToLong(JsonNode::asLong)
                        .toArray();
                int from = 8 + header.length + node.get("data_offsets").get(0).asInt();
                int to = 8 + header.length + node.get("data_offsets").get(1).asInt();
                read.put(
                        field.getKey(), node.get("dtype").asText(), Arrays.copyOfRange(bytes.array(), from, to), shape);
            }
        }
        return read;
    }

    public SafetensorsFile put(String name, String dtype, byte[] data, long... shape) {
        tensors.put(name, new Stored(dtype, shape, data));
        return this;
    }

    public SafetensorsFile put(String name, float[] values, long... shape) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return put(name, "F32", data.array(), shape);
    }

    public SafetensorsFile remove(String name) {
        tensors.remove(name);
        return this;
    }

    /** The same tensors by other names. */
    public SafetensorsFile renamed(UnaryOperator<String> name) {
        SafetensorsFile other = new SafetensorsFile();
        tensors.forEach((old, tensor) -> other.tensors.put(name.apply(old), tensor));
        return other;
    }

    public void write(Path file) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        int size = 0;
        for (Map.Entry<String, Stored> tensor : tensors.entrySet()) {
            ObjectNode node = header.putObject(tensor.getKey())
                    .put("dtype", tensor.getValue().dtype());
            node.set("shape", JSON.valueToTree(tensor.getValue().shape()));
            int end = size + tensor.getValue().data().length;
            node.putArray("data_offsets").add(size).add(end);
            size = end;
        }
        ByteBuffer data = ByteBuffer.allocate(size);
        tensors.values().forEach(tensor -> data.put(tensor.data()));
        String text = header.toString();
        write(file, text + " ".repeat(-text.length() & 7), data.array());
    }

    /** Writes a header as it is, right or wrong. */
    public static void write(Path file, String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(text.length).put(text).put(data).array());
    }
}
