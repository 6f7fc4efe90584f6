package io.flowblend.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Which files belong to a model's folder. A file may be a link, but not to something outside its folder: a folder that came
 * from elsewhere must not make the service read other files. The one exception is the cache of Hugging Face, where the files
 * of {@code models--ORG--NAME/snapshots/REVISION} are links to {@code models--ORG--NAME/blobs}.
 */
public final class ModelFiles {
    /** How the file begins that a clone without Git LFS has in place of a large one. */
    private static final String LFS_POINTER = "version https://git-lfs.github.com/spec/";

    private ModelFiles() {}

    /**
     * Returns {@code file}, if it is one and belongs to the folder that it is named in.
     *
     * @throws InvalidFileException if it is missing, no regular file, a link that leads out of its folder, or the pointer
     *     that Git LFS keeps in its place
     */
    public static Path require(Path file) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidFileException(file, "no such file");
        }
        try {
            Path folder = file.toAbsolutePath().resolveSibling("").toRealPath();
            Path real = file.toRealPath();
            if (!real.startsWith(folder) && !isBlobOf(folder, real)) {
                throw new InvalidFileException(file, "is a link that leads out of its folder");
            }
        } catch (NoSuchFileException e) {
            throw new InvalidFileException(file, "is a link to a file that is not there", e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file, "is not a regular file");
        }
        return requireContent(file);
    }

    /**
     * Returns {@code file}, an existing one, if it is more than a pointer of Git LFS.
     *
     * @throws InvalidFileException if it is such a pointer, or cannot be read
     */
    public static Path requireContent(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String start = new String(in.readNBytes(LFS_POINTER.length()), StandardCharsets.ISO_8859_1);
            if (start.equals(LFS_POINTER)) {
                throw new InvalidFileException(
                        file,
                        "is a Git LFS pointer and not the file itself; 'git lfs pull' in its repository fetches it");
            }
            return file;
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The JSON in {@code file}, which is required as {@link #require} says.
     *
     * @throws InvalidFileException also if it cannot be read, or is not valid by {@code mapper}'s rules
     */
    public static JsonNode json(Path file, ObjectMapper mapper) {
        try {
            return mapper.readTree(require(file).toFile());
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether {@code real} is a blob of the cached repository of which {@code folder} is (part of) a snapshot. */
    private static boolean isBlobOf(Path folder, Path real) {
        Path blobs = real.resolveSibling("");
        Path repository = blobs.resolveSibling("");
        Path snapshots = repository.resolve("snapshots");
        return blobs.endsWith("blobs")
                && folder.startsWith(snapshots)
                && folder.getNameCount() > snapshots.getNameCount()
                && String.valueOf(repository.getFileName()).startsWith("models--");
    }
}
