package io.flowblend.tensor;

import java.util.Locale;
import org.bytedeco.pytorch.SizeTPair;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/** The devices of this process, the memory that they have left, and the errors that say that it was too little. */
public final class Devices {
    static {
        NativeDefaults.apply();
    }

    private Devices() {}

    /** GPUs that can be used: none where libtorch is the CPU's build or finds no driver. */
    public static int gpus() {
        return torch.hasCUDA() ? Gpu.COUNT : 0;
    }

    /** Whether its device is there. */
    public static boolean has(Placement placement) {
        return !placement.onGpu() || number(placement.device()) < gpus();
    }

    private static int number(String device) {
        return Integer.parseInt(device.substring(device.indexOf(':') + 1));
    }

    /** Bytes that can still be had on the device: of a GPU, or of the machine without swapping. */
    public static long availableBytes(Placement placement) {
        return placement.onGpu() ? Gpu.freeBytes(placement.device()) : NativeRuntime.availableBytes();
    }

    /** Gives the driver back what libtorch keeps for later. To be called after an error, or when a model has been freed. */
    public static void giveBackUnused() {
        if (gpus() > 0) {
            Gpu.giveBackUnused();
        }
    }

    /** Whether {@code failure} says that memory was too little, on whichever device. libtorch tells by its text alone. */
    public static boolean isOutOfMemory(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return true;
        }
        String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("out of memory") || text.contains("can't allocate memory");
    }

    /** Touched on machines with a GPU only: without one, the CUDA classes cannot be loaded. */
    private static final class Gpu {
        static final int COUNT = torch_cuda.device_count();

        static {
            // By default cuDNN rounds the inputs of float32 convolutions to 10 bits; decoders are kept in float32 to be
            // exact.
            torch.globalContext().setAllowTF32CuDNN(false);
            torch.globalContext().setAllowTF32CuBLAS(false);
        }

        private Gpu() {}

        static long freeBytes(String device) {
            giveBackUnused();
            try (SizeTPair freeAndTotal = torch_cuda.getAllocator().getMemoryInfo((byte) number(device))) {
                return freeAndTotal.first();
            }
        }

        static void giveBackUnused() {
            torch_cuda.getAllocator().emptyCache();
        }
    }
}
