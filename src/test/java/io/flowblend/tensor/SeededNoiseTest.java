package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeededNoiseTest {
    /** First values by an independent implementation of the documented algorithm in Python. */
    @Test
    void givesTheDocumentedValues() {
        assertArrayEquals(
                new float[] {-1.8839084f, 0.86450684f, 0.22760794f, -0.042112686f}, SeededNoise.normals(0, 4));
        assertArrayEquals(new float[] {0.7189199f, 1.138606f, 0.57606214f, 0.17930521f}, SeededNoise.normals(42, 4));
        assertArrayEquals(new float[] {-0.40089974f, -1.3849903f, 0.86119515f, 0.1562923f}, SeededNoise.normals(-1, 4));
    }

    @Test
    void startsAlikeHoweverManyValuesAreDrawn() {
        assertArrayEquals(SeededNoise.normals(7, 5), Arrays.copyOf(SeededNoise.normals(7, 1000), 5));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 42, -1, Long.MAX_VALUE, Long.MIN_VALUE})
    void isStandardNormal(long seed) {
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        double cubes = 0;
        double within = 0;
        for (float value : SeededNoise.normals(seed, count)) {
            sum += value;
            squares += (double) value * value;
            cubes += Math.pow(value, 3);
            within += Math.abs(value) < 1 ? 1 : 0;
        }
        double deviation = 1 / Math.sqrt(count);
        assertEquals(0, sum / count, 5 * deviation);
        assertEquals(1, squares / count, 5 * Math.sqrt(2) * deviation);
        assertEquals(0, cubes / count, 5 * Math.sqrt(15) * deviation);
        assertEquals(0.682689, within / count, 5 * 0.47 * deviation);
    }

    @Test
    void drawsIndependentValuesForNeighbouringSeeds() {
        int count = 100_000;
        float[] a = SeededNoise.normals(41, count);
        float[] b = SeededNoise.normals(42, count);
        double product = 0;
        double lagged = 0;
        for (int i = 0; i < count; i++) {
            product += (double) a[i] * b[i];
            lagged += (double) a[i] * b[(i + 1) % count];
        }
        assertEquals(0, product / count, 5 / Math.sqrt(count));
        assertEquals(0, lagged / count, 5 / Math.sqrt(count));
        assertFalse(Arrays.equals(a, b));
    }

    @Test
    void isTheSameForEveryThreadCountAndShape() {
        int threads = torch.get_num_threads();
        try (TensorScope scope = TensorScope.open()) {
            torch.set_num_threads(1);
            float[] one = TensorData.toFloats(SeededNoise.tensor(3, 2, 3, 4));
            torch.set_num_threads(2);
            Tensor flat = SeededNoise.tensor(3, 24);
            assertArrayEquals(one, TensorData.toFloats(flat));
        } finally {
            torch.set_num_threads(threads);
        }
    }
}
