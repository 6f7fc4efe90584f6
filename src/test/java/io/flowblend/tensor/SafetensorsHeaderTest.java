package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsHeaderTest {
    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile(@TempDir Path folder) {
        file = folder.resolve("model.safetensors");
    }

    @Test
    void acceptsMetadataAndBlanksBehindTheHeader() throws IOException {
        SafetensorsFile.write(
                file, "{\"__metadata__\":{\"format\":\"pt\"}," + entry("a", "F32", "[2]", 0, 8) + "}   ", new byte[8]);
        assertEquals(1, SafetensorsHeader.read(file).entries().size());
    }

    @Test
    void refusesOverlapAndHolesAndBytesThatBelongToNoTensor() throws IOException {
        assertRefused(
                "tensor 'b' begins at data byte 4, expected 8 (it overlaps its predecessor)",
                entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 4, 12),
                12);
        assertRefused(
                "tensor 'b' begins at data byte 12, expected 8 (there is a hole)",
                entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[1]", 12, 16),
                16);
        assertRefused("the tensors end at data byte 8, the file at 9", entry("a", "F32", "[2]", 0, 8), 9);
    }

    @Test
    void refusesOffsetsThatLeaveTheFileOrContradictTheShape() throws IOException {
        assertRefused("lies at bytes 0..12 of 8 data bytes", entry("a", "F32", "[3]", 0, 12), 8);
        assertRefused("lies at bytes 8..4", entry("a", "F32", "[1]", 8, 4), 8);
        assertRefused("needs 12 bytes, its offsets give 8", entry("a", "F32", "[3]", 0, 8), 8);
        assertRefused("where a whole number from 0 was expected", entry("a", "F32", "[-1]", 0, 8), 8);
        assertRefused("where a whole number from 0 was expected", entry("a", "F32", "[1.5]", 0, 8), 8);
        assertRefused("where a whole number from 0 was expected", entry("a", "F32", "[2]", -4, 4), 8);
        assertRefused("where a whole number from 0 was expected", entry("a", "F32", "[99999999999999999999]", 0, 8), 8);
    }

    @Test
    void refusesShapesWhoseProductOverflows() throws IOException {
        assertRefused("a shape that no file can hold", entry("a", "F32", "[4294967296, 4294967296, 2]", 0, 8), 8);
        assertRefused("a shape that no file can hold", entry("a", "F32", "[4611686018427387904, 4]", 0, 0), 0);
    }

    @Test
    void refusesUnknownFormatsAndHalfEntries() throws IOException {
        assertRefused(
                "has dtype 'F8_E8M0', which is not read here; supported are [F64, F32, F16, BF16",
                entry("a", "F8_E8M0", "[8]", 0, 8),
                8);
        assertRefused("has dtype 'Q4_0', which is not read here", entry("a", "Q4_0", "[32]", 0, 18), 18);
        assertRefused("lacks a shape or data_offsets", "\"a\":{\"dtype\":\"F32\",\"shape\":[1]}", 4);
        assertRefused("lacks a shape or data_offsets", "\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}", 4);
        assertRefused("has dtype ''", "\"a\":7", 4);
    }

    @Test
    void refusesTheSameNameTwice() throws IOException {
        assertRefused("Duplicate field 'a'", entry("a", "F32", "[1]", 0, 4) + "," + entry("a", "F32", "[1]", 4, 8), 8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "77", "{\"a\":", "{} {}", "nonsense"})
    void refusesAHeaderThatIsNotOneObject(String header) throws IOException {
        SafetensorsFile.write(file, header, new byte[0]);
        assertFails("safetensors header is not ");
    }

    @Test
    void refusesNestingThatNoHeaderNeeds() throws IOException {
        SafetensorsFile.write(file, "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", new byte[0]);
        assertFails("safetensors header is not valid JSON");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 50, 100_000_001, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void refusesAHeaderLengthThatTheFileCannotHold(long length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(length).array());
        assertFails("safetensors header length " + Long.toUnsignedString(length) + " is impossible");
    }

    @Test
    void refusesAFileThatWasCutAtAnyByte() throws IOException {
        new SafetensorsFile().put("a", new float[] {1, 2}, 2).write(file);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertFails("model.safetensors: ");
        }
    }

    @Test
    void refusesAMissingFile() {
        assertFails("no such file");
    }

    private static String entry(String name, String dtype, String shape, long begin, long end) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + ","
                + end + "]}";
    }

    private void assertRefused(String part, String entries, int dataBytes) throws IOException {
        SafetensorsFile.write(file, "{" + entries + "}", new byte[dataBytes]);
        assertFails(part);
    }

    private void assertFails(String part) {
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> SafetensorsHeader.read(file))
                .getMessage());
        assertTrue(message.contains(part), message);
    }
}
