package io.flowblend.video;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WholeFileTest {
    private static final Frames FRAMES = Clips.smooth(17, 64, 64);

    private final Path folder;

    WholeFileTest(@TempDir Path folder) {
        this.folder = folder;
    }

    static Stream<VideoEncoder> encoders() {
        return Stream.of(
                new Mp4Encoder(), new GifEncoder(), new PngStripEncoder(), new Thumbnail(), new SpriteSheet(16));
    }

    private static FileSystem disk(int blocks) {
        return Jimfs.newFileSystem(Configuration.unix().toBuilder()
                .setBlockSize(512)
                .setMaxSize(512L * blocks)
                .build());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void writesToAnyFileSystem(VideoEncoder encoder) throws IOException {
        try (FileSystem memory = disk(4096)) {
            Path there = memory.getPath("/work/file");
            Path here = folder.resolve("file");
            encoder.encode(FRAMES, FrameRate.of(16), Map.of("title", "p"), there);
            encoder.encode(FRAMES, FrameRate.of(16), Map.of("title", "p"), here);
            assertArrayEquals(Files.readAllBytes(here), Files.readAllBytes(there));
            assertEquals(List.of("file"), names(memory.getPath("/work")));
            assertEquals(List.of("file"), names(folder));
        }
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void aFullDiskLeavesNothingBehind(VideoEncoder encoder) throws IOException {
        try (FileSystem memory = disk(2)) {
            Path target = memory.getPath("/work/file");
            var failure = assertThrows(
                    IOException.class, () -> encoder.encode(FRAMES, FrameRate.of(16), Map.of("title", "p"), target));
            assertEquals("could not write file: out of disk space", failure.getMessage());
            assertEquals(List.of(), names(memory.getPath("/work")));
        }
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void aFullDiskLeavesAnExistingFileAsItWas(VideoEncoder encoder) throws IOException {
        try (FileSystem memory = disk(2)) {
            Path target = memory.getPath("/work/file");
            Files.writeString(target, "as it was");
            assertThrows(IOException.class, () -> encoder.encode(FRAMES, FrameRate.of(16), Map.of(), target));
            assertEquals("as it was", Files.readString(target));
            assertEquals(List.of("file"), names(memory.getPath("/work")));
        }
    }

    @Test
    void aDiskWithRoomAgainIsWrittenAfterAFailure() throws IOException {
        try (FileSystem memory = disk(8)) {
            Path ballast = memory.getPath("/work/ballast");
            Path target = memory.getPath("/work/file");
            Files.write(ballast, new byte[512 * 8]);
            assertThrows(IOException.class, () -> WholeFile.write(target, new byte[1024]));
            Files.delete(ballast);
            WholeFile.write(target, new byte[512 * 8]);
            assertEquals(512 * 8, Files.size(target));
        }
    }

    @Test
    void replacesAnExistingFile() throws IOException {
        Path target = folder.resolve("file");
        Files.writeString(target, "something longer than what comes next");
        WholeFile.write(target, "new".getBytes(UTF_8));
        assertEquals("new", Files.readString(target));
    }

    @Test
    void writesMoreThanOneSlice() throws IOException {
        byte[] content = new byte[(5 << 19) + 3];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) ((i * 31) >> 3);
        }
        Path target = folder.resolve("file");
        WholeFile.write(target, content);
        assertArrayEquals(content, Files.readAllBytes(target));
    }

    @Test
    void namesTheFileButNotItsFolderWhenTheFolderIsMissing() {
        Path target = folder.resolve("missing").resolve("file");
        var failure = assertThrows(IOException.class, () -> WholeFile.write(target, new byte[1]));
        assertEquals("could not write file: its folder does not exist", failure.getMessage());
        assertTrue(Files.notExists(folder.resolve("missing")));
    }

    /** /proc lets nobody make a file, root neither, unlike a folder without write permission. */
    @Test
    void saysThatAFolderCannotBeWritten() {
        var failure =
                assertThrows(IOException.class, () -> WholeFile.write(Path.of("/proc/self/fdinfo/file"), new byte[1]));
        assertTrue(String.valueOf(failure.getMessage()).startsWith("could not write file: "), failure.getMessage());
    }

    @Test
    void saysWhatIsWrongWithAFolderThatIsAFile() throws IOException {
        Path target = Files.writeString(folder.resolve("plain"), "content").resolve("file");
        var failure = assertThrows(IOException.class, () -> WholeFile.write(target, new byte[1]));
        assertEquals("could not write file: Not a directory", failure.getMessage());
        assertEquals("content", Files.readString(folder.resolve("plain")));
    }

    @Test
    void doesNotReplaceAFolder() throws IOException {
        Path target = Files.createDirectory(folder.resolve("file"));
        assertThrows(IOException.class, () -> WholeFile.write(target, new byte[1]));
        assertTrue(Files.isDirectory(target));
        assertEquals(List.of("file"), names(folder));
    }
}
