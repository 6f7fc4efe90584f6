package io.flowblend.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The machine's memory as Linux counts it: what this process has, and what it can still get. */
public final class SystemMemory {
    private static final Path ROOT = Path.of("/");
    private static final long KIB = 1024;

    private SystemMemory() {}

    /** Resident size of this process, bytes; 0 where the system does not tell. */
    public static long residentBytes() {
        return ofThisProcess("VmRSS:");
    }

    /** Largest resident size of this process so far, bytes; 0 where the system does not tell. */
    public static long peakResidentBytes() {
        return ofThisProcess("VmHWM:");
    }

    /**
     * Memory that this process can get without swapping, bytes: of the machine, or of the control groups (a container's
     * limit) that it is in, where that is less. What files have in memory counts as free, since the system takes it back.
     * Unlimited where the system does not tell.
     */
    public static long availableBytes() {
        return availableBytes(ROOT);
    }

    /** @param root of the file system that {@code proc} and {@code sys} are in */
    static long availableBytes(Path root) {
        long ofMachine = number(root.resolve("proc/meminfo"), "MemAvailable:").orElse(Long.MAX_VALUE / KIB) * KIB;
        return Math.min(ofMachine, ofControlGroups(root));
    }

    private static long ofThisProcess(String key) {
        return number(ROOT.resolve("proc/self/status"), key).orElse(0) * KIB;
    }

    private static long ofControlGroups(Path root) {
        return lines(root.resolve("proc/self/cgroup")).stream()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .mapToLong(parts -> GroupFiles.of(parts[1])
                        .map(files -> availableBytes(
                                root.resolve(files.mount()), root.resolve(files.mount() + parts[2]), files))
                        .orElse(Long.MAX_VALUE))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The least of what a group and those around it have left. A container often sees its own at the mount, not at its path. */
    private static long availableBytes(Path mount, Path group, GroupFiles files) {
        long least = Long.MAX_VALUE;
        for (Path folder = group.normalize(); folder != null && folder.startsWith(mount); folder = folder.getParent()) {
            OptionalLong limit = number(folder.resolve(files.limit()), "");
            OptionalLong used = number(folder.resolve(files.used()), "");
            if (limit.isPresent() && used.isPresent()) {
                Path counters = folder.resolve("memory.stat");
                long ofFiles = number(counters, files.cached() + " ").orElse(0)
                        - number(counters, files.shared() + " ").orElse(0);
                least = Math.min(least, Math.max(0, limit.getAsLong() - used.getAsLong() + ofFiles));
            }
        }
        return least;
    }

    /**
     * Files and counters of one version of Linux's control groups.
     *
     * @param mount where the groups are, from the root
     * @param limit file with the bytes that a group may use
     * @param used file with the bytes that it uses
     * @param cached counter of the bytes that files have, shared memory among them
     * @param shared counter of the bytes of shared memory, which the system cannot take back
     */
    private record GroupFiles(String mount, String limit, String used, String cached, String shared) {
        private static final GroupFiles FIRST = new GroupFiles(
                "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache", "total_shmem");
        private static final GroupFiles SECOND =
                new GroupFiles("sys/fs/cgroup", "memory.max", "memory.current", "file", "shmem");

        /** @param controllers of a line in {@code /proc/self/cgroup}: none in version 2 */
        static Optional<GroupFiles> of(String controllers) {
            return switch (controllers) {
                case "" -> Optional.of(SECOND);
                case "memory" -> Optional.of(FIRST);
                default -> Optional.empty();
            };
        }
    }

    /** The whole number behind {@code key} at the beginning of a line; empty if there is none, {@code max} for example. */
    private static OptionalLong number(Path file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.replaceAll("\\D", ""))
                .filter(digits -> !digits.isEmpty())
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
