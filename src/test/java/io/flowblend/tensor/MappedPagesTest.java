package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class MappedPagesTest {
    /** Numbers in BF16: more than one part and no multiple of it. */
    private static final int COUNT = (18 << 20) + 1;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void castsEveryPartToItsPlace() throws IOException {
        writeHalves();
        try (Weights weights = Weights.open(folder);
                TensorScope scope = TensorScope.open()) {
            float[] expected = new float[COUNT];
            for (int i = 0; i < COUNT; i++) {
                expected[i] = Float.intBitsToFloat(half(i) << 16);
            }
            assertArrayEquals(expected, TensorData.toFloats(weights.tensor("h")));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void givesThePagesOfWhatIsCastBackToTheSystem() throws IOException {
        writeHalves();
        try (Weights weights = Weights.open(folder)) {
            weights.tensor("h");
            assertTrue(residentKilobytes() < 1024, () -> residentKilobytes() + " kB of the file are resident");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void readsWhatIsStoredInTheRightFormatInAtOnceAndMakesNoCopy() throws IOException {
        new SafetensorsFile().put("f", new float[4 << 20], 4 << 20).write(folder.resolve("model.safetensors"));
        try (Weights weights = Weights.open(folder)) {
            Tensor values = weights.tensor("f");
            assertEquals(16 << 20, values.nbytes());
            assertTrue(residentKilobytes() > 15 * 1024, () -> residentKilobytes() + " kB of the file are resident");
        }
    }

    private void writeHalves() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(2 * COUNT).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < COUNT; i++) {
            data.putShort((short) half(i));
        }
        new SafetensorsFile().put("h", "BF16", data.array(), COUNT).write(folder.resolve("model.safetensors"));
    }

    /** The upper half of a finite float's bits. */
    private static int half(int index) {
        return index % 0x7F80;
    }

    /** Resident part of this process's mapping of the file. */
    private long residentKilobytes() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
            String file = folder.resolve("model.safetensors").toRealPath().toString();
            long sum = 0;
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).endsWith(file)) {
                    String resident = lines.subList(i, lines.size()).stream()
                            .filter(line -> line.startsWith("Rss:"))
                            .findFirst()
                            .orElseThrow();
                    sum += Long.parseLong(resident.replaceAll("\\D", ""));
                }
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
