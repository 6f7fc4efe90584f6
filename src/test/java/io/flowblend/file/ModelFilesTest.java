package io.flowblend.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFilesTest {
    private Path root = Path.of("");
    private Path repository = Path.of("");
    private Path transformer = Path.of("");

    @BeforeEach
    void makeACache(@TempDir Path directory) throws IOException {
        root = directory;
        repository = directory.resolve("hub/models--Wan-AI--Wan2.1");
        transformer = Files.createDirectories(repository.resolve("snapshots/0fad780a/transformer"));
        write(repository.resolve("blobs/d2ab"));
    }

    @Test
    void takesPlainFilesAndLinksWithinTheFolder() throws IOException {
        Path plain = write(root.resolve("config.json"));
        assertEquals(plain, ModelFiles.require(plain));
        Path link = link(root.resolve("other.json"), "config.json");
        assertEquals(link, ModelFiles.require(link));
    }

    @Test
    void namesPointersOfGitLfsAndLinksToNothing() throws IOException {
        Path pointer = root.resolve("spiece.model");
        Files.writeString(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4548313\n");
        Path dangling = link(transformer.resolve("config.json"), "../../../blobs/gone");
        InvalidFileException lfs = assertThrows(InvalidFileException.class, () -> ModelFiles.require(pointer));
        assertEquals(
                pointer + ": is a Git LFS pointer and not the file itself; 'git lfs pull' in its repository fetches it",
                lfs.getMessage());
        InvalidFileException gone = assertThrows(InvalidFileException.class, () -> ModelFiles.require(dangling));
        assertEquals(dangling + ": is a link to a file that is not there", gone.getMessage());
    }

    @Test
    void takesAFileOfTheCacheThatIsABlobOfItsRepository() throws IOException {
        Path inFolder = link(transformer.resolve("config.json"), "../../../blobs/d2ab");
        assertEquals(inFolder, ModelFiles.require(inFolder));
        Path atTheTop = link(transformer.resolveSibling("model_index.json"), "../../blobs/d2ab");
        assertEquals(atTheTop, ModelFiles.require(atTheTop));
        Path linked = link(root.resolve("transformer"), transformer.toString()).resolve("config.json");
        assertEquals(linked, ModelFiles.require(linked));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../../../../models--Other--Model/blobs/d2ab",
                "../../../blobs/away",
                "../../../blobs/deeper/d2ab",
                "../../../refs/main",
                "../../other/transformer/config.json"
            })
    void refusesALinkOfTheCacheToAnythingElse(String target) throws IOException {
        for (String path : List.of(
                "../models--Other--Model/blobs/d2ab",
                "blobs/deeper/d2ab",
                "refs/main",
                "snapshots/other/transformer/config.json")) {
            write(repository.resolve(path).normalize());
        }
        link(repository.resolve("blobs/away"), write(root.resolve("secret")).toString());
        assertRefused(link(transformer.resolve("config.json"), target));
    }

    @Test
    void refusesBlobsThatLieElsewhere() throws IOException {
        Files.move(repository.resolve("blobs"), root.resolve("blobs"));
        link(repository.resolve("blobs"), root.resolve("blobs").toString());
        assertRefused(link(transformer.resolve("config.json"), "../../../blobs/d2ab"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Wan2.1/snapshots/0fad780a/transformer",
                "models--Wan-AI--Wan2.1/0fad780a/snapshots/transformer",
                "models--Wan-AI--Wan2.1/snapshots"
            })
    void refusesLinksToBlobsOutsideTheLayoutOfTheCache(String path) throws IOException {
        Path folder = Files.createDirectories(root.resolve(path));
        Path blob = write(root.resolve(Path.of(path).getName(0)).resolve("blobs/d2ab"));
        assertRefused(link(folder.resolve("config.json"), blob.toString()));
    }

    @Test
    void namesWhatIsMissingOrNoFile() throws IOException {
        assertFails("config.json: no such file", root.resolve("config.json"));
        assertFails("blobs: is not a regular file", repository.resolve("blobs"));
        assertFails(
                "broken.json: is a link to a file that is not there", link(root.resolve("broken.json"), "gone.json"));
    }

    private static Path write(Path file) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        return Files.writeString(file, "{}");
    }

    private static Path link(Path link, String target) throws IOException {
        return Files.createSymbolicLink(link, Path.of(target));
    }

    private static void assertRefused(Path file) {
        assertFails("config.json: is a link that leads out of its folder", file);
    }

    private static void assertFails(String part, Path file) {
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> ModelFiles.require(file))
                .getMessage());
        assertTrue(message.contains(part), message);
    }
}
