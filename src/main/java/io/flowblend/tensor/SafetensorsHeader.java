package io.flowblend.tensor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says it holds, checked against the file before a byte of it is allocated: an 8-byte
 * little-endian length, a JSON object {@code name -> {dtype, shape, data_offsets}}, then the data without holes.
 *
 * @param file the file that was read
 * @param dataStart offset of the first data byte in the file
 * @param entries the tensors by name, in the order of the header
 * @param metadata what the header says besides, by key
 */
record SafetensorsHeader(Path file, long dataStart, Map<String, Entry> entries, Map<String, String> metadata) {
    /** The format's own limit on the header, bytes. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final String METADATA = "__metadata__";

    private static final ObjectMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(8).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @param begin first byte, counted from {@code dataStart}; {@code end} is one past the last */
    record Entry(StoredType type, long[] shape, long begin, long end) {
        long bytes() {
            return end - begin;
        }
    }

    /** The tensors by name, where they lie in the file. */
    Map<String, StoredTensor> tensors() {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        entries.forEach((name, entry) -> tensors.put(
                name, new StoredTensor(file, entry.type(), entry.shape(), dataStart + entry.begin(), entry.bytes())));
        return tensors;
    }

    static SafetensorsHeader read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file, "no such file");
        }
        ModelFiles.requireContent(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < 8) {
                throw new InvalidFileException(file, "not a safetensors file: " + size + " bytes, expected at least 8");
            }
            long length = readFully(channel, 0, 8).getLong();
            if (length < 2 || length > LONGEST_HEADER || length > size - 8) {
                throw new InvalidFileException(
                        file,
                        "safetensors header length " + Long.toUnsignedString(length) + " is impossible in a file of "
                                + size + " bytes (truncated or not safetensors)");
            }
            String text = StandardCharsets.UTF_8
                    .decode(readFully(channel, 8, (int) length))
                    .toString();
            return parse(file, text, 8 + length, size - 8 - length);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static SafetensorsHeader parse(Path file, String text, long dataStart, long dataBytes) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "safetensors header is not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new InvalidFileException(file, "safetensors header is not a JSON object");
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        root.properties().forEach(field -> {
            if (field.getKey().equals(METADATA)) {
                field.getValue()
                        .properties()
                        .forEach(said ->
                                metadata.put(said.getKey(), said.getValue().asText()));
            } else {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), dataBytes));
            }
        });
        checkContiguous(file, entries, dataBytes);
        return new SafetensorsHeader(
                file, dataStart, Collections.unmodifiableMap(entries), Collections.unmodifiableMap(metadata));
    }

    private static Entry entry(Path file, String name, JsonNode node, long dataBytes) {
        StoredType type = StoredType.of(node.path("dtype").asText())
                .orElseThrow(() -> new InvalidFileException(
                        file,
                        "tensor '" + name + "' has dtype '" + node.path("dtype").asText()
                                + "', which is not read here; supported are "
                                + StoredType.names()));
        JsonNode offsets = node.path("data_offsets");
        JsonNode sizes = node.path("shape");
        if (!sizes.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw new InvalidFileException(
                    file, "tensor '" + name + "' lacks a shape or data_offsets [begin, end] in the header");
        }
        long[] shape = new long[sizes.size()];
        long bytes = type.unitBytes();
        for (int i = 0; i < shape.length; i++) {
            shape[i] = wholeNumber(file, name, sizes.get(i));
            bytes = multiply(file, name, bytes, shape[i]);
        }
        long begin = wholeNumber(file, name, offsets.get(0));
        long end = wholeNumber(file, name, offsets.get(1));
        if (begin > end || end > dataBytes) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' lies at bytes " + begin + ".." + end + " of " + dataBytes
                            + " data bytes (truncated file?)");
        }
        if (end - begin != bytes) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' of shape " + Arrays.toString(shape) + " and dtype " + type + " needs "
                            + bytes + " bytes, its offsets give " + (end - begin));
        }
        return new Entry(type, shape, begin, end);
    }

    private static void checkContiguous(Path file, Map<String, Entry> entries, long dataBytes) {
        List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
        byPlace.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> e) -> e.getValue().begin())
                .thenComparingLong(e -> e.getValue().end()));
        long expected = 0;
        for (Map.Entry<String, Entry> place : byPlace) {
            long begin = place.getValue().begin();
            if (begin != expected) {
                throw new InvalidFileException(
                        file,
                        "tensor '" + place.getKey() + "' begins at data byte " + begin + ", expected " + expected
                                + (begin < expected ? " (it overlaps its predecessor)" : " (there is a hole)"));
            }
            expected = place.getValue().end();
        }
        if (expected != dataBytes) {
            throw new InvalidFileException(
                    file, "the tensors end at data byte " + expected + ", the file at " + dataBytes);
        }
    }

    private static long wholeNumber(Path file, String name, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
            throw new InvalidFileException(
                    file, "tensor '" + name + "' has " + node + " where a whole number from 0 was expected");
        }
        return node.asLong();
    }

    private static long multiply(Path file, String name, long a, long b) {
        try {
            return Math.multiplyExact(a, b);
        } catch (ArithmeticException e) {
            throw new InvalidFileException(file, "tensor '" + name + "' has a shape that no file can hold", e);
        }
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // a channel may return less than was asked for
        }
        return buffer.flip();
    }
}
