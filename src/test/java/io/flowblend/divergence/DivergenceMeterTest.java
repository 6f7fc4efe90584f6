package io.flowblend.divergence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DivergenceMeterTest {
    private final TensorScope scope = TensorScope.open();

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void equalVelocitiesAreAtDistanceZero() {
        Tensor v = SeededNoise.tensor(1, 1, 4, 3, 5, 5);
        assertEquals(new VelocityDivergence(0, 0, 0), DivergenceMeter.measure(v, v.clone()));
    }

    @Test
    void rightAngleHasCosineOneAndBothLengthsInL2() {
        VelocityDivergence d = measure(new float[] {3, 0}, new float[] {0, 4});
        assertEquals(1, d.cosine(), 1e-15);
        assertEquals(5, d.l2(), 1e-15);
        assertEquals(5.0 / 3, d.relativeL2(), 1e-15);
    }

    @Test
    void oppositeVelocitiesHaveCosineTwo() {
        VelocityDivergence d = measure(new float[] {1, 2, 2}, new float[] {-1, -2, -2});
        assertEquals(2, d.cosine(), 1e-15);
        assertEquals(2, d.relativeL2(), 1e-15);
        assertEquals(6, d.l2(), 1e-15);
    }

    @Test
    void lengthAloneDoesNotShowInCosine() {
        Tensor v = SeededNoise.tensor(2, 1, 4, 3, 5, 5);
        VelocityDivergence d = DivergenceMeter.measure(v, v.mul(new Scalar(0.5)));
        assertEquals(0, d.cosine(), 1e-15);
        assertEquals(0.5, d.relativeL2(), 1e-15);
    }

    @Test
    void keepsTheDigitsOfATinyAngle() {
        double angle = 1e-6;
        Tensor large = TensorData.floats(new float[] {1, 0}, 2).to(ScalarType.Double);
        Tensor aside = TensorData.floats(new float[] {0, 1}, 2).to(ScalarType.Double);
        VelocityDivergence d = DivergenceMeter.measure(
                large, large.mul(new Scalar(Math.cos(angle))).add(aside, new Scalar(Math.sin(angle))));
        assertEquals(1, d.cosine() / (angle * angle / 2), 1e-6);
    }

    @Test
    void zeroVelocitiesHaveNoDirection() {
        assertEquals(new VelocityDivergence(0, 0, 0), measure(new float[] {0, 0}, new float[] {0, 0}));
        assertEquals(new VelocityDivergence(1, 2, 2), measure(new float[] {0, 0}, new float[] {0, 2}));
        assertEquals(new VelocityDivergence(1, 1, 2), measure(new float[] {0, 2}, new float[] {0, 0}));
    }

    @Test
    void nonFiniteValuesShowInTheResult() {
        float[] fine = {1, 2, 3};
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            assertFalse(measure(fine, new float[] {1, bad, 3}).isFinite());
            assertFalse(measure(new float[] {1, bad, 3}, fine).isFinite());
            assertFalse(
                    measure(new float[] {1, bad, 3}, new float[] {1, bad, 3}).isFinite());
        }
        assertTrue(measure(fine, fine).isFinite());
    }

    @Test
    void squaresThatFloat32CannotHoldAreMeasured() {
        VelocityDivergence d = measure(new float[] {3e30f, 0}, new float[] {0, 3e30f});
        assertEquals(1, d.cosine(), 1e-12);
        assertEquals(Math.sqrt(2), d.relativeL2(), 1e-6);
    }

    @Test
    void refusesVelocitiesOfDifferentSizes() {
        assertThrows(IllegalArgumentException.class, () -> measure(new float[] {1, 2}, new float[] {1, 2, 3}));
    }

    @Test
    void leavesNoNativeMemoryBehind() {
        Tensor large = SeededNoise.tensor(3, 1, 4, 3, 5, 5);
        Tensor small = SeededNoise.tensor(4, 1, 4, 3, 5, 5);
        DivergenceMeter.measure(large, small);
        long before = Pointer.totalCount();
        for (int i = 0; i < 100; i++) {
            DivergenceMeter.measure(large, small);
        }
        assertEquals(before, Pointer.totalCount());
    }

    private static VelocityDivergence measure(float[] large, float[] small) {
        return DivergenceMeter.measure(TensorData.floats(large, large.length), TensorData.floats(small, small.length));
    }
}
