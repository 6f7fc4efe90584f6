package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What a GGUF file (version 2 or 3, little-endian) says it holds, checked against the file before a byte of it is allocated:
 * values by key, then name, sizes, format and place of each tensor, then the data, each tensor at a multiple of
 * {@code general.alignment}. Of the values, numbers and short texts are kept; longer texts and
 * lists, such as a vocabulary, are passed over.
 *
 * @param tensors where the tensors lie, by name
 * @param metadata the values, as text
 */
record GgufHeader(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final int LONGEST_NAME = 1024;
    private static final int LONGEST_TEXT = 4096;

    /** A text that describes all of an LTX-Video pipeline. */
    private static final String LTX_CONFIG = "config";

    private static final int LONGEST_CONFIG = 1 << 20;
    private static final int MOST_AXES = 8;
    private static final int MOST_KEYS = 10_000;
    private static final int MOST_TENSORS = 100_000;

    /** Shortest key with its value: length, a letter, kind, a byte. */
    private static final int SMALLEST_KEY = 14;

    /** Shortest description of a tensor: length, a letter, number of axes, format, offset. */
    private static final int SMALLEST_TENSOR = 25;

    private static final int TEXT = 8;
    private static final int LIST = 9;

    /** Bytes of a value by its kind; texts and lists have none. */
    private static final int[] KIND_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    /** A list of sizes that a tensor has had before its converter reshaped it. */
    private static final String SHAPE = "comfy.gguf.orig_shape.";

    /** Formats by their number in ggml. */
    private static final Map<Integer, StoredType> FORMATS = Map.ofEntries(
            Map.entry(0, StoredType.F32),
            Map.entry(1, StoredType.F16),
            Map.entry(2, StoredType.Q4_0),
            Map.entry(3, StoredType.Q4_1),
            Map.entry(6, StoredType.Q5_0),
            Map.entry(7, StoredType.Q5_1),
            Map.entry(8, StoredType.Q8_0),
            Map.entry(10, StoredType.Q2_K),
            Map.entry(11, StoredType.Q3_K),
            Map.entry(12, StoredType.Q4_K),
            Map.entry(13, StoredType.Q5_K),
            Map.entry(14, StoredType.Q6_K),
            Map.entry(20, StoredType.IQ4_NL),
            Map.entry(23, StoredType.IQ4_XS),
            Map.entry(24, StoredType.I8),
            Map.entry(25, StoredType.I16),
            Map.entry(26, StoredType.I32),
            Map.entry(27, StoredType.I64),
            Map.entry(28, StoredType.F64),
            Map.entry(30, StoredType.BF16));

    /** Names of the formats that are not read, for messages. */
    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(29, "IQ1_M"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"),
            Map.entry(40, "NVFP4"));

    private record Described(String name, StoredType type, long[] shape, long offset, long bytes) {}

    static GgufHeader read(Path file) {
        ModelFiles.requireContent(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(file, new GgufReader(file, channel));
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static GgufHeader read(Path file, GgufReader in) throws IOException {
        if (in.size() < 24 || in.word() != MAGIC) {
            throw new InvalidFileException(file, "not a GGUF file: it does not begin with GGUF and its counts");
        }
        int version = in.word();
        if (version != 2 && version != 3) {
            throw new InvalidFileException(
                    file,
                    "is GGUF of version " + Integer.toUnsignedString(version)
                            + (Integer.reverseBytes(version) <= 3 && version != 1 ? ", big-endian" : "")
                            + "; supported are versions 2 and 3, little-endian");
        }
        long tensorCount = limited(file, in.count("tensors", SMALLEST_TENSOR), "tensors", MOST_TENSORS);
        long keyCount = limited(file, in.count("keys", SMALLEST_KEY), "keys", MOST_KEYS);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (long i = 0; i < keyCount; i++) {
            String key = in.text("a key", LONGEST_NAME);
            if (metadata.put(key, value(file, in, key, in.word())) != null) {
                throw new InvalidFileException(file, "has the key '" + key + "' twice");
            }
        }
        requireOneFile(file, metadata);
        List<Described> described = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            described.add(tensor(file, in, metadata));
        }
        long alignment = alignment(file, metadata);
        long dataStart = aligned(in.position(), alignment);
        return new GgufHeader(placed(file, described, dataStart, in.size(), alignment), metadata);
    }

    private static long limited(Path file, long count, String what, long most) {
        if (count > most) {
            throw new InvalidFileException(
                    file, "says that it has " + count + " " + what + ", at most " + most + " are accepted");
        }
        return count;
    }

    /** The value as text: of a number its digits, of a list of sizes its numbers, of another list nothing. */
    private static String value(Path file, GgufReader in, String key, int kind) throws IOException {
        return switch (kind) {
            case TEXT -> in.shortText(
                    "the text of '" + key + "'", key.equals(LTX_CONFIG) ? LONGEST_CONFIG : LONGEST_TEXT);
            case LIST -> list(file, in, key);
            default -> number(file, in, key, kind);
        };
    }

    private static String number(Path file, GgufReader in, String key, int kind) throws IOException {
        return switch (kind) {
            case 0, 7 -> Integer.toString(in.oneByte());
            case 1 -> Byte.toString((byte) in.oneByte());
            case 2 -> Integer.toString(in.oneByte() | in.oneByte() << 8);
            case 3 -> Short.toString((short) (in.oneByte() | in.oneByte() << 8));
            case 4 -> Integer.toUnsignedString(in.word());
            case 5 -> Integer.toString(in.word());
            case 6 -> Float.toString(Float.intBitsToFloat(in.word()));
            case 10 -> Long.toUnsignedString(in.longWord());
            case 11 -> Long.toString(in.longWord());
            case 12 -> Double.toString(Double.longBitsToDouble(in.longWord()));
            default -> throw new InvalidFileException(
                    file,
                    "has the key '" + key + "' of kind " + Integer.toUnsignedString(kind)
                            + ", expected 0 to 12 (damaged)");
        };
    }

    private static String list(Path file, GgufReader in, String key) throws IOException {
        int kind = in.word();
        if (kind < 0 || kind >= KIND_BYTES.length || kind == LIST) {
            throw new InvalidFileException(
                    file,
                    "has a list in '" + key + "' of kind " + Integer.toUnsignedString(kind)
                            + ", expected a kind from 0 to 12 but " + LIST);
        }
        if (kind == TEXT) {
            long count = in.count("texts in '" + key + "'", 8);
            for (long i = 0; i < count; i++) {
                in.skip(in.count("bytes of a text in '" + key + "'", 1));
            }
            return "";
        }
        long count = in.count("numbers in '" + key + "'", KIND_BYTES[kind]);
        if (!key.startsWith(SHAPE) || count > MOST_AXES) {
            in.skip(count * KIND_BYTES[kind]);
            return "";
        }
        List<String> numbers = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            numbers.add(number(file, in, key, kind));
        }
        return String.join(" ", numbers);
    }

    private static void requireOneFile(Path file, Map<String, String> metadata) {
        String parts = metadata.getOrDefault("split.count", "1");
        if (!parts.equals("1") && !parts.equals("0")) {
            throw new InvalidFileException(
                    file,
                    "is one of " + parts + " parts of a split GGUF file; supported is the whole, as"
                            + " 'llama-gguf-split --merge' makes it");
        }
    }

    private static Described tensor(Path file, GgufReader in, Map<String, String> metadata) throws IOException {
        String name = in.text("a tensor's name", LONGEST_NAME);
        int axes = in.word();
        if (axes < 0 || axes > MOST_AXES) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' has " + Integer.toUnsignedString(axes) + " axes, at most " + MOST_AXES
                            + " are accepted");
        }
        long[] shape = new long[axes];
        long values = 1;
        for (int i = axes - 1; i >= 0; i--) { // the fastest axis comes first there, last here
            shape[i] = in.longWord();
            values = product(file, name, values, shape[i]);
        }
        int number = in.word();
        StoredType type = FORMATS.get(number);
        if (type == null) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' has the format "
                            + OTHERS.getOrDefault(number, Integer.toUnsignedString(number))
                            + ", which is not read here; supported are " + names());
        }
        if ((axes == 0 ? 1 : shape[axes - 1]) % type.unitValues() != 0) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' of shape " + Arrays.toString(shape) + " has rows that blocks of "
                            + type.unitValues() + " values (" + type + ") do not fill");
        }
        long offset = in.longWord();
        return new Described(
                name,
                type,
                original(file, name, shape, values, metadata),
                offset,
                product(file, name, values / type.unitValues(), type.unitBytes()));
    }

    /** The sizes that the tensor had before it was reshaped, if the file says that it was. */
    private static long[] original(Path file, String name, long[] shape, long values, Map<String, String> metadata) {
        String said = metadata.getOrDefault(SHAPE + name, "");
        if (said.isEmpty()) {
            return shape;
        }
        try {
            long[] sizes =
                    Arrays.stream(said.split(" ")).mapToLong(Long::parseLong).toArray();
            if (Arrays.stream(sizes).allMatch(size -> size > 0)
                    && Arrays.stream(sizes).reduce(1, Math::multiplyExact) == values) {
                return sizes;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // refused below
        }
        throw new InvalidFileException(
                file, "'" + SHAPE + name + "' is [" + said + "], which the tensor's " + values + " values do not fill");
    }

    /** Checks that the tensors lie one behind the other, apart only by what brings each to a multiple of the alignment. */
    private static Map<String, StoredTensor> placed(
            Path file, List<Described> described, long dataStart, long size, long alignment) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        long expected = 0;
        for (Described tensor : described) {
            long offset = tensor.offset();
            if (offset != expected) {
                throw new InvalidFileException(
                        file,
                        "tensor '" + tensor.name() + "' begins at data byte " + Long.toUnsignedString(offset)
                                + ", expected " + expected + " (tensors overlap or leave a hole)");
            }
            if (tensor.bytes() > size - dataStart - offset) {
                throw new InvalidFileException(
                        file,
                        "tensor '" + tensor.name() + "' needs " + tensor.bytes() + " bytes from data byte " + offset
                                + ", the file has " + Math.max(0, size - dataStart - offset) + " there (truncated)");
            }
            StoredTensor place =
                    new StoredTensor(file, tensor.type(), tensor.shape(), dataStart + offset, tensor.bytes());
            if (tensors.put(tensor.name(), place) != null) {
                throw new InvalidFileException(file, "has the tensor '" + tensor.name() + "' twice");
            }
            expected = aligned(offset + tensor.bytes(), alignment);
        }
        if (size - dataStart > expected) {
            throw new InvalidFileException(
                    file, "the tensors end at data byte " + expected + ", the file at " + (size - dataStart));
        }
        return tensors;
    }

    private static long alignment(Path file, Map<String, String> metadata) {
        String said = metadata.getOrDefault("general.alignment", "32");
        OptionalLong alignment =
                said.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(said)) : OptionalLong.empty();
        return alignment.stream()
                .filter(bytes -> Long.bitCount(bytes) == 1 && bytes <= 1 << 20)
                .findFirst()
                .orElseThrow(() -> new InvalidFileException(
                        file, "'general.alignment' is " + said + ", expected a power of 2 up to " + (1 << 20)));
    }

    private static long aligned(long offset, long alignment) {
        return (offset + alignment - 1) / alignment * alignment;
    }

    private static long product(Path file, String name, long a, long b) {
        try {
            if (b >= 0) {
                return Math.multiplyExact(a, b);
            }
        } catch (ArithmeticException e) {
            throw new InvalidFileException(file, "tensor '" + name + "' has sizes that no file can hold", e);
        }
        throw new InvalidFileException(file, "tensor '" + name + "' has sizes that no file can hold");
    }

    private static String names() {
        return FORMATS.values().stream()
                .filter(StoredType::isFloating)
                .sorted()
                .map(StoredType::name)
                .collect(Collectors.joining(", "));
    }
}
