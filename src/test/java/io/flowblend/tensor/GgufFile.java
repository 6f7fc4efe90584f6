package io.flowblend.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A GGUF file of version 3 in memory, right or wrong, to be written. */
public final class GgufFile {
    private static final int ALIGNMENT = 32;
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("F32", 0),
            Map.entry("F16", 1),
            Map.entry("Q4_0", 2),
            Map.entry("Q4_1", 3),
            Map.entry("Q5_0", 6),
            Map.entry("Q5_1", 7),
            Map.entry("Q8_0", 8),
            Map.entry("Q2_K", 10),
            Map.entry("Q3_K", 11),
            Map.entry("Q4_K", 12),
            Map.entry("Q5_K", 13),
            Map.entry("Q6_K", 14),
            Map.entry("IQ4_NL", 20),
            Map.entry("IQ4_XS", 23),
            Map.entry("BF16", 30));

    private record Stored(String name, int format, byte[] data, long[] shape, long offset) {}

    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private final List<Stored> tensors = new ArrayList<>();
    private int keyCount;

    public GgufFile text(String key, String value) {
        return key(key, 8, text(value));
    }

    public GgufFile number(String key, int value) {
        return key(key, 4, little(4).putInt(value).array());
    }

    public GgufFile numbers(String key, int... values) {
        byte[] bytes = new byte[12 + 4 * values.length];
        ByteBuffer list =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(5).putLong(values.length);
        for (int value : values) {
            list.putInt(value);
        }
        return key(key, 9, bytes);
    }

    private GgufFile key(String key, int kind, byte[] value) {
        keys.writeBytes(text(key));
        keys.writeBytes(little(4).putInt(kind).array());
        keys.writeBytes(value);
        keyCount++;
        return this;
    }

    /** @param shape as it is read, the fastest axis last */
    public GgufFile tensor(String name, String format, byte[] data, long... shape) {
        return tensor(name, Objects.requireNonNull(NUMBERS.get(format)), data, shape);
    }

    public GgufFile tensor(String name, int format, byte[] data, long... shape) {
        long offset = 0;
        for (Stored tensor : tensors) {
            offset += padded(tensor.data().length);
        }
        tensors.add(new Stored(name, format, data, shape, offset));
        return this;
    }

    /** Says of the last tensor that it begins there. */
    public GgufFile offset(long offset) {
        Stored last = tensors.remove(tensors.size() - 1);
        tensors.add(new Stored(last.name(), last.format(), last.data(), last.shape(), offset));
        return this;
    }

    public void write(Path file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(
                little(20).putInt(3).putLong(tensors.size()).putLong(keyCount).array());
        out.writeBytes(keys.toByteArray());
        for (Stored tensor : tensors) {
            int axes = tensor.shape().length;
            out.writeBytes(text(tensor.name()));
            byte[] bytes = new byte[16 + 8 * axes];
            ByteBuffer info =
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(axes);
            for (int i = axes - 1; i >= 0; i--) {
                info.putLong(tensor.shape()[i]);
            }
            info.putInt(tensor.format()).putLong(tensor.offset());
            out.writeBytes(bytes);
        }
        pad(out);
        for (Stored tensor : tensors) {
            out.writeBytes(tensor.data());
            pad(out);
        }
        Files.write(file, out.toByteArray());
    }

    private static void pad(ByteArrayOutputStream out) {
        out.writeBytes(new byte[(int) padded(out.size()) - out.size()]);
    }

    private static long padded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return little(8 + bytes.length).putLong(bytes.length).put(bytes).array();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
