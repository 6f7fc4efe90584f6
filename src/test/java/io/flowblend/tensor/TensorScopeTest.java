package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TensorScopeTest {
    private static Tensor tensor() {
        return TensorData.floats(new float[] {1, 2}, 2);
    }

    @Test
    void freesWhatWasMadeInIt() {
        Tensor made;
        try (TensorScope scope = TensorScope.open()) {
            made = tensor();
            assertFalse(made.isNull());
        }
        assertTrue(made.isNull());
    }

    @Test
    void handsWhatIsKeptToTheEnclosingScope() {
        Tensor kept;
        try (TensorScope job = TensorScope.open()) {
            try (TensorScope step = TensorScope.open()) {
                kept = step.keep(tensor());
            }
            assertArrayEquals(new float[] {1, 2}, TensorData.toFloats(kept));
        }
        assertTrue(kept.isNull());
    }

    @Test
    void handsWhatIsKeptToTheCallerWhenThereIsNoEnclosingScope() {
        Tensor kept;
        try (TensorScope scope = TensorScope.open()) {
            kept = scope.keep(tensor());
        }
        assertArrayEquals(new float[] {1, 2}, TensorData.toFloats(kept));
        kept.close();
        assertTrue(kept.isNull());
    }

    @Test
    void leavesWhatIsOwnedAloneUntilItIsClosed() {
        Tensor owned;
        try (TensorScope job = TensorScope.open()) {
            try (TensorScope step = TensorScope.open()) {
                owned = TensorScope.own(tensor());
            }
        }
        assertEquals(2, owned.numel());
        owned.close();
        assertTrue(owned.isNull());
    }

    @Test
    void keepsAViewsNumbersWhenTheWholeIsFreed() {
        try (TensorScope job = TensorScope.open()) {
            Tensor view;
            try (TensorScope step = TensorScope.open()) {
                view = step.keep(tensor().narrow(0, 1, 1));
            }
            assertEquals(2, view.item_float());
        }
    }
}
