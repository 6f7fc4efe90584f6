package io.flowblend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and configs of full-size models, as diffusers and gguf convert them (src/test/python/make_weight_cases.py). */
class CheckpointTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "wan, TRANSFORMER, ''",
        "wan, TRANSFORMER, model.diffusion_model.",
        "wan-vae, DECODER, ''",
        "ltx, TRANSFORMER, ''",
        "ltx-vae-0.9, DECODER, ''",
        "ltx-vae-0.9.1, DECODER, ''",
        "ltx-vae-0.9.5, DECODER, ''",
        "t5-gguf, TEXT_ENCODER, ''",
        "umt5-gguf, TEXT_ENCODER, ''"
    })
    void namesTensorsAndTellsTheConfigAsDiffusersDoes(String name, ModelPart part, String prefix) throws IOException {
        JsonNode layout = layout(name);
        Path file = written(layout, 0, prefix);
        WeightFiles files = Checkpoint.weights(file, part);
        Set<String> expected = new HashSet<>();
        for (JsonNode tensor : layout.get("tensors")) {
            expected.add(tensor.get(1).asText());
            assertArrayEquals(
                    tensor.get(2).valueStream().mapToLong(JsonNode::asLong).toArray(),
                    files.shape(tensor.get(1).asText()),
                    tensor.toString());
        }
        assertEquals(expected, files.names());
        requireSame(layout.get("config"), Checkpoint.config(file, part).orElseThrow());
        // The same tensors in the layout of diffusers tell the same.
        Path converted = written(layout, 1, "");
        assertEquals(expected, Checkpoint.weights(converted, part).names());
        requireSame(layout.get("config"), Checkpoint.config(converted, part).orElseThrow());
    }

    @Test
    void readsEachPartOfAFileThatHoldsSeveral() throws IOException {
        JsonNode transformer = layout("ltx");
        JsonNode decoder = layout("ltx-vae-0.9");
        ObjectNode header = JSON.createObjectNode();
        long end = put(header, transformer, 0, "", 0);
        end = put(header, decoder, 0, "", end);
        Path file = write(header, end);
        assertEquals(
                names(transformer, 1),
                Checkpoint.weights(file, ModelPart.TRANSFORMER).names());
        assertEquals(
                names(decoder, 1), Checkpoint.weights(file, ModelPart.DECODER).names());
    }

    @Test
    void takesWhatTheMetadataOfLtxVideoSays() throws IOException {
        JsonNode layout = layout("ltx-vae-0.9.5");
        ObjectNode header = JSON.createObjectNode();
        String config =
                "{\"vae\": {\"causal_decoder\": true, \"scaling_factor\": 0.5, \"decoder_blocks\": [[\"res_x\", {}],"
                        + " [\"compress_all\", {\"residual\": false}], [\"compress_all\", {\"residual\": true}], [\"res_x\", {}],"
                        + " [\"compress_all\", {\"residual\": true}]]}}";
        header.putObject("__metadata__").put("config", config);
        long end = put(header, layout, 0, "", 0);
        ObjectNode told =
                Checkpoint.config(write(header, end), ModelPart.DECODER).orElseThrow();
        assertEquals("[false,true,true]", told.get("upsample_residual").toString());
        assertEquals("true", told.get("decoder_causal").toString());
        assertEquals("0.5", told.get("scaling_factor").toString());
    }

    @Test
    void knowsNoConfigOfOtherFiles() throws IOException {
        ObjectNode header = JSON.createObjectNode();
        header.set("a", JSON.readTree("{\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}"));
        Path file = write(header, 4);
        assertEquals(
                Set.of("a"), Checkpoint.weights(file, ModelPart.TRANSFORMER).names());
        assertEquals(true, Checkpoint.config(file, ModelPart.TRANSFORMER).isEmpty());
    }

    /** What is told has to be what the config says; what is not told has to be a default, so that it need not be. */
    private static void requireSame(JsonNode config, ObjectNode told) {
        Map<String, String> different = told.properties().stream()
                .filter(key -> config.has(key.getKey()))
                .filter(key -> !sameNumbers(config.get(key.getKey()), key.getValue()))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, key -> key.getValue() + " for " + config.get(key.getKey())));
        assertEquals(Map.of(), different);
    }

    private static boolean sameNumbers(JsonNode a, JsonNode b) {
        boolean numbers = a.isNumber() && b.isNumber();
        return numbers ? a.asDouble() == b.asDouble() : a.toString().equals(b.toString());
    }

    private static JsonNode layout(String name) throws IOException {
        return JSON.readTree(Path.of("src/test/resources/weights/layouts.json").toFile())
                .get(name);
    }

    private static Set<String> names(JsonNode layout, int column) {
        return layout.get("tensors")
                .valueStream()
                .map(tensor -> tensor.get(column).asText())
                .collect(Collectors.toSet());
    }

    private Path written(JsonNode layout, int column, String prefix) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        return write(header, put(header, layout, column, prefix, 0));
    }

    private static long put(ObjectNode header, JsonNode layout, int column, String prefix, long begin) {
        long end = begin;
        for (JsonNode tensor : layout.get("tensors")) {
            ObjectNode entry = header.putObject(prefix + tensor.get(column).asText());
            entry.put("dtype", "F8_E5M2").set("shape", tensor.get(2));
            long next = end
                    + tensor.get(2).valueStream().mapToLong(JsonNode::asLong).reduce(1, (a, b) -> a * b);
            entry.putArray("data_offsets").add(end).add(next);
            end = next;
        }
        return end;
    }

    /** A file of full size that takes no space: its values were never written. */
    private Path write(ObjectNode header, long bytes) throws IOException {
        Path file = folder.resolve("model.safetensors");
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(0);
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(text.length)
                    .array());
            out.write(text);
            out.setLength(8 + text.length + bytes);
        }
        return file;
    }
}
