package io.flowblend.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.openblas.presets.openblas;
import org.bytedeco.pytorch.global.torch;

/** The native side of this process: libtorch's threads and version, and the memory that the system counts. */
public final class NativeRuntime {
    static {
        NativeDefaults.apply();
    }

    private NativeRuntime() {}

    /** Forwards below this many floating point operations gain little from a second thread and lose much where cores are shared. */
    private static final double WORTH_SEVERAL_THREADS = 2e10;

    /** Threads of one libtorch operation of the calling thread. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /**
     * Chooses the threads of operations from here on: one for small models, all cores for others. The operations of a small
     * model take microseconds; where another process works on the same cores, threads that wait for each other in each
     * of them wait for the scheduler, and a forward has been seen to take 40 times as long.
     *
     * @param forwardFlops floating point operations of one forward
     */
    public static void useThreadsFor(double forwardFlops) {
        int threads =
                forwardFlops < WORTH_SEVERAL_THREADS ? 1 : Runtime.getRuntime().availableProcessors();
        if (torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
        // OpenBLAS has a pool of its own, for the whole process, that libtorch's setting does not reach.
        if (openblas.blas_get_num_threads() != threads) {
            openblas.blas_set_num_threads(threads);
        }
    }

    /** Version of libtorch's Java binding. */
    public static String version() {
        return Objects.requireNonNullElse(torch.class.getPackage().getImplementationVersion(), "unknown");
    }

    /** Resident size of this process, bytes; 0 where the system does not tell. */
    public static long residentBytes() {
        return bytes("/proc/self/status", "VmRSS:");
    }

    /** Largest resident size of this process so far, bytes; 0 where the system does not tell. */
    public static long peakResidentBytes() {
        return bytes("/proc/self/status", "VmHWM:");
    }

    /** Memory that can be had without swapping, bytes; unlimited where the system does not tell. */
    public static long availableBytes() {
        long bytes = bytes("/proc/meminfo", "MemAvailable:");
        return bytes == 0 ? Long.MAX_VALUE : bytes;
    }

    private static long bytes(String file, String key) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
