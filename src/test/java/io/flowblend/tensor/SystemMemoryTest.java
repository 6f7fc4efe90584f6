package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
    private static final String V2 = "sys/fs/cgroup/";
    private static final String V1 = "sys/fs/cgroup/memory/";

    @TempDir
    private Path root = Path.of("");

    @Test
    void tellsOfThisProcessAndMachine() {
        assertTrue(SystemMemory.residentBytes() > 1 << 20);
        assertTrue(SystemMemory.peakResidentBytes() >= SystemMemory.residentBytes());
        assertTrue(SystemMemory.availableBytes() > 1 << 20);
    }

    @Test
    void isUnlimitedWhereTheSystemDoesNotTell() {
        assertTrue(SystemMemory.availableBytes(root) > 1L << 60);
    }

    @Test
    void outsideOfContainersTheMachineDecides() throws IOException {
        write("proc/meminfo", "MemTotal: 900 kB\nMemAvailable:     500 kB\n");
        write("proc/self/cgroup", "0::/user.slice\n");
        group(V2 + "user.slice", "max", "100");
        assertEquals(500 * 1024, SystemMemory.availableBytes(root));
    }

    @Test
    void aContainersLimitCountsWhatFilesHaveAsFreeButNotSharedMemory() throws IOException {
        write("proc/meminfo", "MemAvailable: 5000000 kB\n");
        write("proc/self/cgroup", "0::/\n");
        group(V2, "1000000", "700000");
        write(V2 + "memory.stat", "anon 300000\nfile 400000\nfile_mapped 5\nshmem 50000\n");
        assertEquals(1_000_000 - 700_000 + 400_000 - 50_000, SystemMemory.availableBytes(root));
    }

    @Test
    void theTightestOfTheGroupsAroundDecides() throws IOException {
        write("proc/self/cgroup", "0::/pods/one/main\n");
        group(V2 + "pods", "9000", "1000");
        group(V2 + "pods/one", "5000", "4400");
        group(V2 + "pods/one/main", "max", "300");
        assertEquals(600, SystemMemory.availableBytes(root));
    }

    @Test
    void nothingIsLeftOfAGroupAboveItsLimit() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        group(V2, "1000", "1200");
        assertEquals(0, SystemMemory.availableBytes(root));
    }

    @Test
    void readsTheFirstVersionsFilesWhereThePathIsNotMounted() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n");
        write(V1 + "memory.limit_in_bytes", "8000\n");
        write(V1 + "memory.usage_in_bytes", "6000\n");
        write(V1 + "memory.stat", "cache 1\nshmem 2\ntotal_cache 3000\ntotal_shmem 500\n");
        assertEquals(8000 - 6000 + 2500, SystemMemory.availableBytes(root));
    }

    private void group(String folder, String limit, String used) throws IOException {
        write(folder + "/memory.max", limit + "\n");
        write(folder + "/memory.current", used + "\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
