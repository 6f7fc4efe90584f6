package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class SpeedProbeTest {
    @Test
    void takesAThreadACoreWhereTheWorkScales() {
        assertEquals(64, SpeedProbe.threads(64, threads -> 1_000_000 / threads));
        assertEquals(2, SpeedProbe.threads(2, threads -> 1_000_000 / threads));
    }

    @Test
    void takesFewerThreadsWhereMoreAreClearlySlower() {
        assertEquals(16, SpeedProbe.threads(64, threads -> Math.abs(threads - 16) * 10_000L + 10_000));
        assertEquals(1, SpeedProbe.threads(2, threads -> threads * 1000L));
    }

    @Test
    void staysWithAThreadACoreWhereFewerAreHardlyFaster() {
        assertEquals(8, SpeedProbe.threads(8, threads -> threads == 4 ? 900 : 1000));
    }

    @Test
    void smallModelsRunOnOneThreadAndOthersOnThoseThatWereFixed() {
        int before = NativeRuntime.threads();
        try {
            NativeRuntime.fixThreads(2);
            NativeRuntime.useThreadsFor(1e12, 1_000_000);
            assertEquals(2, NativeRuntime.threads());
            NativeRuntime.useThreadsFor(1e9, 1_000_000);
            assertEquals(1, NativeRuntime.threads());
            NativeRuntime.useThreadsFor(1e9, 1_000_000_000);
            assertEquals(2, NativeRuntime.threads());
        } finally {
            NativeRuntime.fixThreads(0);
            SpeedProbe.setThreads(before);
        }
        assertThrows(IllegalArgumentException.class, () -> NativeRuntime.fixThreads(-1));
    }

    @Test
    void anAllocationThatFailsIsTellableFromOtherErrors() {
        RuntimeException tooLarge = assertThrows(RuntimeException.class, () -> {
            try (TensorScope scope = TensorScope.open()) {
                torch.empty(1L << 50);
            }
        });
        assertTrue(Devices.isOutOfMemory(tooLarge), tooLarge::getMessage);
        RuntimeException other = assertThrows(RuntimeException.class, () -> {
            try (TensorScope scope = TensorScope.open()) {
                Tensor two = torch.ones(2, 3);
                torch.mm(two, two);
            }
        });
        assertTrue(!Devices.isOutOfMemory(other), other::getMessage);
    }

    @Test
    void findingTheFasterFormatLeavesTheThreadsAlone() {
        int before = NativeRuntime.threads();
        assertEquals(SpeedProbe.bfloat16IsFaster(), SpeedProbe.bfloat16IsFaster());
        assertEquals(before, NativeRuntime.threads());
    }
}
