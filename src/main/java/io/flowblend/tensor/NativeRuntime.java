package io.flowblend.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;

/** The native side of this process: libtorch's threads and version, and the memory that the system counts. */
public final class NativeRuntime {
    private NativeRuntime() {}

    /** Threads of one libtorch operation. */
    public static int threads() {
        return torch.get_num_threads();
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
