package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** fp8 weights, with and without scales. */
class ScaledWeightsTest {
    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile(@TempDir Path directory) {
        file = directory.resolve("model.safetensors");
    }

    @ParameterizedTest
    @CsvSource({"F8_E4M3, 4, 3, 7", "F8_E5M2, 5, 2, 15"})
    void readsEveryCodeOfBothFormats(String format, int exponentBits, int fractionBits, int bias) throws IOException {
        new SafetensorsFile().put("a.weight", format, codes(), 256).write(file);
        float[] expected = new float[256];
        for (int code = 0; code < 256; code++) {
            expected[code] = value(code, exponentBits, fractionBits, bias);
        }
        try (Weights weights = Weights.open(file)) {
            assertArrayEquals(expected, TensorData.toFloats(weights.tensor("a.weight", 256)));
            assertEquals(ScalarType.Float, weights.castFormat());
            assertEquals(256L, weights.bytesByFormat().get(format));
        }
    }

    /** By the definition: sign, exponent, fraction; E4M3 has no infinity and one pattern for what is no number. */
    private static float value(int code, int exponentBits, int fractionBits, int bias) {
        int exponent = code >> fractionBits & (1 << exponentBits) - 1;
        double fraction = (code & (1 << fractionBits) - 1) / (double) (1 << fractionBits);
        boolean highest = exponent == (1 << exponentBits) - 1;
        double size = exponent == 0 ? Math.scalb(fraction, 1 - bias) : Math.scalb(1 + fraction, exponent - bias);
        if (highest && fractionBits == 2) {
            size = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else if (highest && fraction == 0.875) {
            size = Double.NaN;
        }
        return (float) (code < 128 ? size : -size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"layer.scale_weight", "layer.weight_scale"})
    void multipliesByOneScale(String scale) throws IOException {
        new SafetensorsFile()
                .put("scaled_fp8", "F8_E4M3", new byte[2], 2)
                .put("layer.weight", "F8_E4M3", new byte[] {0x38, 0x40, (byte) 0xB8, 0x01}, 2, 2) // 1, 2, -1, 2^-9
                .put(scale, new float[] {0.3f})
                .put("layer.scale_input", new float[] {5})
                .put("layer.input_scale", new float[] {5})
                .put("layer.comfy_quant", "U8", "{\"format\": \"float8_e4m3fn\"}".getBytes(StandardCharsets.UTF_8), 27)
                .write(file);
        try (Weights weights = Weights.open(file)) {
            assertEquals(Set.of("layer.weight"), weights.names());
            assertEquals(4, weights.parameters());
            assertArrayEquals(
                    new float[] {0.3f, 0.6f, -0.3f, 0x1p-9f * 0.3f},
                    TensorData.toFloats(weights.tensor("layer.weight", 2, 2)));
            weights.requireAllRead();
        }
        try (Weights weights = Weights.open(file, Placement.of("cpu", "bfloat16"));
                TensorScope scope = TensorScope.open()) {
            assertArrayEquals(
                    TensorData.toFloats(TensorData.floats(new float[] {0.3f, 0.6f, -0.3f, 0x1p-9f * 0.3f}, 4)
                            .to(ScalarType.BFloat16)),
                    TensorData.toFloats(weights.tensor("layer.weight", 2, 2)));
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 3, 0", "F32, 3, 1", "BF16, 3, 1"})
    void multipliesEachRowByItsScale(String format, int rows, int more) throws IOException {
        byte[] scales = format.equals("F32")
                ? new byte[] {0, 0, 0, 0x3F, 0, 0, 0, 0x40, 0, 0, (byte) 0x80, 0x40}
                : new byte[] {0, 0x3F, 0, 0x40, (byte) 0x80, 0x40};
        long[] shape = more == 0 ? new long[] {rows} : new long[] {rows, 1};
        new SafetensorsFile()
                .put("a.weight", "F8_E5M2", new byte[] {0x3C, 0x3C, 0x3C, 0x40, 0x3C, 0x44}, rows, 2)
                .put("a.weight_scale", format, scales, shape)
                .write(file);
        try (Weights weights = Weights.open(file)) {
            assertArrayEquals(
                    new float[] {0.5f, 0.5f, 2, 4, 4, 16}, TensorData.toFloats(weights.tensor("a.weight", rows, 2)));
        }
    }

    /** As torch does it: {@code weight.float() * scale.repeat_interleave(128, 0).repeat_interleave(128, 1)}, cut to size. */
    @ParameterizedTest
    @CsvSource({"300, 200", "128, 256", "1, 200", "129, 1"})
    void multipliesEachBlockByItsScale(int rows, int columns) throws IOException {
        int across = (columns + 127) / 128;
        float[] scales = new float[(rows + 127) / 128 * across];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.1f + i / 3f;
        }
        byte[] codes = new byte[rows * columns];
        float[] expected = new float[codes.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) (i * 37 % 0x7F);
            expected[i] = value(codes[i], 4, 3, 7) * scales[i / columns / 128 * across + i % columns / 128];
        }
        new SafetensorsFile()
                .put("a.weight", "F8_E4M3", codes, rows, columns)
                .put("a.weight_scale_inv", scales, scales.length / across, across)
                .write(file);
        try (Weights weights = Weights.open(file)) {
            assertArrayEquals(expected, TensorData.toFloats(weights.tensor("a.weight", rows, columns)));
            weights.requireAllRead();
        }
    }

    @Test
    void multipliesWeightsThatKeptTheirFormat() throws IOException {
        new SafetensorsFile()
                .put("a.weight", new float[] {1, 2}, 2)
                .put("a.scale_weight", new float[] {3}, 1)
                .write(file);
        try (Weights weights = Weights.open(file)) {
            assertArrayEquals(new float[] {3, 6}, TensorData.toFloats(weights.tensor("a.weight", 2)));
        }
    }

    @Test
    void refusesScalesThatFitNoWeight() throws IOException {
        new SafetensorsFile()
                .put("a.weight", "F8_E4M3", new byte[256], 16, 16)
                .put("a.weight_scale", new float[4], 2, 2)
                .write(file);
        assertFails(
                "tensor 'a.weight_scale' of format F32 has 4 values, expected one, or one for each of the 16 rows of 'a.weight'",
                () -> Weights.open(file));
        new SafetensorsFile()
                .put("a.weight", "U8", new byte[256], 16, 16)
                .put("a.weight_scale", new float[] {1})
                .write(file);
        assertFails("tensor 'a.weight' of format U8 has a scale", () -> Weights.open(file));
        new SafetensorsFile().put("a.scale_weight", new float[] {1}).write(file);
        try (Weights weights = Weights.open(file)) {
            assertFails("1 tensors do not belong", weights::requireAllRead);
        }
    }

    @Test
    void refusesWholeNumbersInPlaceOfAWeight() throws IOException {
        new SafetensorsFile().put("a.weight", "I8", new byte[4], 2, 2).write(file);
        try (Weights weights = Weights.open(file)) {
            assertFails(
                    "tensor 'a.weight' is stored as I8, whole numbers, where a weight was expected",
                    () -> weights.tensor("a.weight", 2, 2));
        }
    }

    private static byte[] codes() {
        byte[] codes = new byte[256];
        for (int i = 0; i < 256; i++) {
            codes[i] = (byte) i;
        }
        return codes;
    }

    private static void assertFails(String part, Executable action) {
        String message =
                String.valueOf(assertThrows(InvalidFileException.class, action).getMessage());
        assertTrue(message.contains(part), message);
    }
}
