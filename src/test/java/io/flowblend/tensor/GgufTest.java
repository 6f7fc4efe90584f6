package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** GGUF files, against what the gguf package makes of them (src/test/python/make_weight_cases.py). */
class GgufTest {
    private static final Path BLOCKS = Path.of("src/test/resources/weights/blocks.gguf");
    private static final Path DECODED = Path.of("src/test/resources/weights/blocks.safetensors");

    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile(@TempDir Path directory) {
        file = directory.resolve("model.gguf");
    }

    @Test
    void decodesEveryFormatBitForBit() {
        try (Weights weights = Weights.open(BLOCKS);
                Weights expected = Weights.open(DECODED)) {
            assertEquals(15, weights.names().size());
            assertEquals(expected.names(), weights.names());
            for (String name : expected.names()) {
                Tensor value = expected.tensor(name);
                assertArrayEquals(
                        bits(TensorData.toFloats(value)),
                        bits(TensorData.toFloats(weights.tensor(name, TensorData.shape(value)))),
                        name);
            }
            weights.requireAllRead();
        }
    }

    @Test
    void bringsBlocksToTheFormatThatIsComputedIn() {
        try (Weights weights = Weights.open(BLOCKS, Placement.of("cpu", "bfloat16"));
                Weights expected = Weights.open(DECODED);
                TensorScope scope = TensorScope.open()) {
            Tensor brought = weights.tensor("Q4_K");
            assertEquals(ScalarType.BFloat16, brought.scalar_type().intern());
            assertArrayEquals(
                    TensorData.toFloats(expected.tensor("Q4_K").to(ScalarType.BFloat16)), TensorData.toFloats(brought));
            assertEquals(
                    ScalarType.Float,
                    weights.exact("Q8_0", 3, 384).scalar_type().intern());
        }
    }

    @ParameterizedTest
    @EnumSource
    void decodesPartsThatAreLongerThanOneThreadTakes(QuantisedBlock format) throws IOException {
        int blocks = 10_000;
        byte[] data = new byte[blocks * format.bytes()];
        new Random(1).nextBytes(data);
        new GgufFile()
                .tensor("a", format.name(), data, (long) blocks * format.length())
                .write(file);
        float[] expected = new float[blocks * format.length()];
        for (int i = 0; i < blocks; i++) {
            format.decode(data, i * format.bytes(), expected, i * format.length());
        }
        try (Weights weights = Weights.open(file)) {
            assertArrayEquals(bits(expected), bits(TensorData.toFloats(weights.tensor("a"))));
        }
    }

    @Test
    void countsNumbersAndBytes() {
        try (Weights weights = Weights.open(BLOCKS)) {
            assertEquals(3 * (6 * 384 + 6 * 512) + 3 * 24, weights.parameters());
            assertEquals(3 * 2 * 144L, weights.bytesByFormat().get("Q4_K"));
        }
    }

    @Test
    void takesTheSizesThatATensorHadBeforeItWasReshaped() throws IOException {
        new GgufFile()
                .numbers("comfy.gguf.orig_shape.a", 2, 1, 2)
                .tensor("a", "F32", new byte[16], 4)
                .write(file);
        assertArrayEquals(new long[] {2, 1, 2}, WeightFiles.read(file).shape("a"));
        new GgufFile()
                .numbers("comfy.gguf.orig_shape.a", 2, 1, 3)
                .tensor("a", "F32", new byte[16], 4)
                .write(file);
        assertFails("'comfy.gguf.orig_shape.a' is [2 1 3], which the tensor's 4 values do not fill");
    }

    @Test
    void keepsNumbersAndTextsOfTheHeaderAndPassesOverLists() {
        WeightFiles files = WeightFiles.read(BLOCKS);
        assertEquals("wan", files.metadata("general.architecture").orElseThrow());
        assertEquals("0.5", files.metadata("a.number").orElseThrow());
        assertEquals("1", files.metadata("a.flag").orElseThrow());
        assertEquals("", files.metadata("a.list").orElseThrow());
        assertTrue(files.metadata("absent").isEmpty());
    }

    @Test
    void refusesAFileThatWasCutAnywhere() throws IOException {
        byte[] whole = Files.readAllBytes(BLOCKS);
        for (int length = 0; length < whole.length - 64; length += length < 1500 ? 1 : 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertFails("model.gguf: ");
        }
    }

    @Test
    void survivesAnyDamageToItsHeader() throws IOException {
        byte[] whole = Files.readAllBytes(BLOCKS);
        Random random = new Random(5);
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(1300)] = (byte) random.nextInt();
            Files.write(file, damaged);
            try {
                WeightFiles.read(file);
            } catch (InvalidFileException e) {
                refused++;
            }
        }
        assertTrue(refused > 150, refused + " refused");
    }

    @Test
    void refusesCountsThatTheFileCannotHold() throws IOException {
        for (int at : new int[] {8, 16}) {
            for (long count : new long[] {1L << 20, 1L << 40, Long.MAX_VALUE, -1}) {
                byte[] bytes = Files.readAllBytes(BLOCKS);
                java.nio.ByteBuffer.wrap(bytes)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .putLong(at, count);
                Files.write(file, bytes);
                assertFails("says that it has " + Long.toUnsignedString(count) + (at == 8 ? " tensors" : " keys"));
            }
        }
    }

    @Test
    void refusesOverlapsHolesAndBytesThatBelongToNoTensor() throws IOException {
        new GgufFile()
                .tensor("a", "F32", new byte[64], 16)
                .tensor("b", "F32", new byte[4], 1)
                .offset(32)
                .write(file);
        assertFails("tensor 'b' begins at data byte 32, expected 64");
        new GgufFile()
                .tensor("a", "F32", new byte[4], 1)
                .tensor("b", "F32", new byte[4], 1)
                .offset(64)
                .write(file);
        assertFails("tensor 'b' begins at data byte 64, expected 32");
        new GgufFile().tensor("a", "F32", new byte[96], 1).write(file);
        assertFails("the tensors end at data byte 32, the file at 96");
        new GgufFile().tensor("a", "F32", new byte[4], 1).offset(Long.MAX_VALUE).write(file);
        assertFails("begins at data byte 9223372036854775807, expected 0");
    }

    @Test
    void refusesShapesThatDoNotFit() throws IOException {
        new GgufFile().tensor("a", "F32", new byte[4], 1L << 40, 1L << 40).write(file);
        assertFails("tensor 'a' has sizes that no file can hold");
        new GgufFile().tensor("a", "F32", new byte[4], -1).write(file);
        assertFails("tensor 'a' has sizes that no file can hold");
        new GgufFile().tensor("a", "F32", new byte[4], 1000).write(file);
        assertFails("tensor 'a' needs 4000 bytes from data byte 0, the file has");
        new GgufFile().tensor("a", "Q4_K", new byte[144], 2, 128).write(file);
        assertFails("tensor 'a' of shape [2, 128] has rows that blocks of 256 values (Q4_K) do not fill");
        new GgufFile()
                .tensor("a", "F32", new byte[4], 1, 1, 1, 1, 1, 1, 1, 1, 1)
                .write(file);
        assertFails("tensor 'a' has 9 axes, at most 8 are accepted");
    }

    @ParameterizedTest
    @CsvSource({"15, Q8_K", "16, IQ2_XXS", "39, MXFP4", "4, 4", "99, 99"})
    void namesAFormatThatIsNotRead(int number, String name) throws IOException {
        new GgufFile().tensor("a", number, new byte[4], 1).write(file);
        assertFails(
                "tensor 'a' has the format " + name + ", which is not read here; supported are F64, F32, F16, BF16,");
    }

    @Test
    void refusesTheSameNameOrKeyTwice() throws IOException {
        new GgufFile()
                .tensor("a", "F32", new byte[4], 1)
                .tensor("a", "F32", new byte[4], 1)
                .write(file);
        assertFails("has the tensor 'a' twice");
        new GgufFile().text("k", "v").text("k", "v").write(file);
        assertFails("has the key 'k' twice");
    }

    @Test
    void refusesOtherVersionsAndPartsOfASplitFile() throws IOException {
        byte[] bytes = Files.readAllBytes(BLOCKS);
        bytes[4] = 1;
        Files.write(file, bytes);
        assertFails("is GGUF of version 1; supported are versions 2 and 3, little-endian");
        bytes[4] = 0;
        bytes[7] = 3;
        Files.write(file, bytes);
        assertFails("big-endian; supported are versions 2 and 3");
        new GgufFile().number("split.count", 3).write(file);
        assertFails("is one of 3 parts of a split GGUF file");
        new GgufFile().number("general.alignment", 24).write(file);
        assertFails("'general.alignment' is 24, expected a power of 2");
    }

    @Test
    void readsAFolderWithOneGgufFile(@TempDir Path folder) throws IOException {
        Files.copy(BLOCKS, folder.resolve("any-Q4_K_M.gguf"));
        assertTrue(WeightFiles.read(folder).has("Q4_K"));
        Files.writeString(folder.resolve("other.gguf"), "GGUF", StandardCharsets.UTF_8);
        assertThrows(InvalidFileException.class, () -> WeightFiles.read(folder));
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }

    private void assertFails(String part) {
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> WeightFiles.read(file))
                .getMessage());
        assertTrue(message.contains(part), message);
    }
}
