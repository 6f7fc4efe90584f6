package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesTest {
    /** Texts of libtorch 2.10: its two allocators, CUDA, cuBLAS and cuDNN. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB",
                "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to",
                "CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in",
                "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"
            })
    void outOfMemoryIsToldFromTheText(String text) {
        assertTrue(Devices.isOutOfMemory(new RuntimeException(text)));
    }

    @Test
    void otherErrorsAreNotTakenForIt() {
        assertFalse(
                Devices.isOutOfMemory(new RuntimeException("CUDA error: an illegal memory access was encountered")));
        assertFalse(Devices.isOutOfMemory(new RuntimeException()));
        assertTrue(Devices.isOutOfMemory(new OutOfMemoryError()));
    }

    @Test
    void aGpuIsLostThatAnswersWithAnErrorOtherThanTooLittleMemory() {
        Optional<String> lost = Devices.firstLost(List.of(0, 1, 2), gpu -> {
            if (gpu == 0) {
                throw new RuntimeException("CUDA error: out of memory");
            }
            if (gpu == 1) {
                throw new RuntimeException("CUDA error: device-side assert triggered\nCUDA kernel errors might be");
            }
        });
        assertEquals(Optional.of("cuda:1: CUDA error: device-side assert triggered"), lost);
        assertEquals(Optional.empty(), Devices.firstLost(List.of(0, 1), gpu -> {}));
        assertEquals(Optional.empty(), Devices.examine());
    }

    @Test
    void nothingIsBroughtToADeviceThatIsNotThere() {
        Devices.use(Placement.CPU);
        Placement absent = new Placement("cuda:99", ScalarType.Float);
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> Devices.use(absent));
        assertEquals("there is no device cuda:99", refusal.getMessage());
    }

    @Test
    void aMissingLibraryIsNamedWithoutFolders() {
        NativeRuntime.load();
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("no jnitorch in java.library.path");
        error.initCause(new UnsatisfiedLinkError(
                "/home/someone/cache/libjnitorch.so: libcudart.so.13: cannot open shared object file"));
        String reason = NativeRuntime.reason(error);
        assertTrue(reason.startsWith("libjnitorch.so: libcudart.so.13: cannot open shared object file ("), reason);
    }
}
