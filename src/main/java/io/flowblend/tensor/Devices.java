package io.flowblend.tensor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.SizeTPair;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/** The devices of this process, the memory that they have left, and the errors that say that it was too little. */
public final class Devices {
    static {
        NativeDefaults.apply();
    }

    /**
     * What says that memory was too little: the allocators of the GPU and of the CPU, CUDA itself, and its libraries where
     * they make their own scratch space.
     */
    private static final List<String> OUT_OF_MEMORY =
            List.of("out of memory", "can't allocate memory", "alloc_failed", "allocation_failed");

    /** GPUs that models were brought to. */
    private static final Set<Integer> IN_USE = new ConcurrentSkipListSet<>();

    private static volatile Optional<String> lost = Optional.empty();

    private Devices() {}

    /** GPUs that can be used: none where libtorch is the CPU's build or finds no driver. */
    public static int gpus() {
        return torch.hasCUDA() ? Gpu.COUNT : 0;
    }

    /** Whether its device is there. */
    public static boolean has(Placement placement) {
        return !placement.onGpu() || number(placement.device()) < gpus();
    }

    /**
     * To be called before a model is brought to a device: convolutions and products on it are exact from here on.
     *
     * @throws IllegalArgumentException if it is not there
     */
    public static void use(Placement placement) {
        if (!has(placement)) {
            throw new IllegalArgumentException("there is no device " + placement.device());
        }
        if (placement.onGpu()) {
            IN_USE.add(number(placement.device()));
        }
    }

    private static int number(String device) {
        return Integer.parseInt(device.substring(device.indexOf(':') + 1));
    }

    /** What computes there, and in which format: results may differ between kinds. */
    public static String kind(Placement placement) {
        return (placement.onGpu() ? Gpu.model(placement.device()) : "cpu " + cpuCapability())
                + " "
                + placement.formatName();
    }

    private static String cpuCapability() {
        try (BytePointer capability = torch.get_cpu_capability()) {
            return capability.getString();
        }
    }

    /** Bytes that can still be had on the device: of a GPU, or of the machine without swapping. */
    public static long availableBytes(Placement placement) {
        return placement.onGpu() ? Gpu.freeBytes(placement.device()) : SystemMemory.availableBytes();
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
        return OUT_OF_MEMORY.stream().anyMatch(text::contains);
    }

    /**
     * Looks whether the GPUs in use still answer, and is to be called after an error that is not understood. Some errors (a
     * kernel that read beyond its memory, a failed assertion, broken hardware) end CUDA for the whole process: each later
     * call fails as well, until the process is started anew.
     *
     * @return {@link #lost()}
     */
    public static Optional<String> examine() {
        if (lost.isEmpty()) {
            lost = firstLost(IN_USE, torch::cuda_synchronize);
        }
        return lost;
    }

    /** A GPU that stopped answering, and what it said; empty as far as is known. */
    public static Optional<String> lost() {
        return lost;
    }

    /** @param synchronize waits for all work of a GPU, and fails if it has ended in an error */
    static Optional<String> firstLost(Collection<Integer> gpus, IntConsumer synchronize) {
        for (int gpu : gpus) {
            try {
                synchronize.accept(gpu);
            } catch (RuntimeException e) {
                if (!isOutOfMemory(e)) {
                    return Optional.of("cuda:" + gpu + ": " + NativeRuntime.firstLine(e));
                }
            }
        }
        return Optional.empty();
    }

    /** Touched on machines with a GPU only: without one, the CUDA classes cannot be loaded. */
    private static final class Gpu {
        static final int COUNT = torch_cuda.device_count();
        private static final Path DRIVER = Path.of("/proc/driver/nvidia/gpus");

        static {
            // By default cuDNN rounds the inputs of float32 convolutions to 10 bits; decoders are kept in float32 to be
            // exact.
            torch.globalContext().setAllowTF32CuDNN(false);
            torch.globalContext().setAllowTF32CuBLAS(false);
        }

        private Gpu() {}

        static String model(String device) {
            try (SizeTPair freeAndTotal = torch_cuda.getAllocator().getMemoryInfo((byte) number(device))) {
                return "gpu " + String.join(" or ", models()) + " with " + freeAndTotal.second() + " bytes";
            }
        }

        /** As the driver tells; where a container hides that, only the memory tells them apart. */
        private static SortedSet<String> models() {
            SortedSet<String> models = new TreeSet<>();
            try (DirectoryStream<Path> gpus = Files.newDirectoryStream(DRIVER)) {
                for (Path gpu : gpus) {
                    Files.readAllLines(gpu.resolve("information")).stream()
                            .filter(line -> line.startsWith("Model:"))
                            .forEach(line ->
                                    models.add(line.substring("Model:".length()).strip()));
                }
            } catch (IOException e) {
                models.add("unknown");
            }
            return models;
        }

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
