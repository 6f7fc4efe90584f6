package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The pair that the jar carries. Weights are memory-mapped, so they have to lie in files: they are
 * unpacked below the data directory once, and again if a file is not what its checksum says.
 */
public final class BuiltInPair {
    public static final String ID = "glyphs";
    private static final String RESOURCES = "/pairs/" + ID + "/";
    private static final String CHECKSUMS = "SHA256SUMS";
    private static final String PART = ".part";

    /** Age at which an unfinished file is nobody's any more. */
    private static final Duration STALE = Duration.ofMinutes(10);

    private BuiltInPair() {}

    /**
     * Makes sure that the pair lies whole in {@code dataDirectory/pairs/glyphs} and answers that folder.
     *
     * @throws InvalidFileException if it cannot be written there
     */
    public static Path unpack(Path dataDirectory) {
        Path folder = dataDirectory.resolve("pairs").resolve(ID);
        try {
            sweep(folder);
            for (String line : checksums()) {
                String[] parts = line.split(" +", 2);
                unpack(parts[1], parts[0], folder.resolve(parts[1]));
            }
            return folder;
        } catch (IOException e) {
            throw new InvalidFileException(folder.toString(), "the built-in pair cannot be unpacked: " + e);
        }
    }

    /** Deletes what a process left that ended while it unpacked; another one may be unpacking just now. */
    private static void sweep(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        FileTime old = FileTime.from(Instant.now().minus(STALE));
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(PART)).toList()) {
                if (Files.isRegularFile(file) && Files.getLastModifiedTime(file).compareTo(old) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Lines {@code sha256  path}, one for each file of the pair. */
    static List<String> checksums() throws IOException {
        try (InputStream in = resource(CHECKSUMS)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static void unpack(String name, String checksum, Path target) throws IOException {
        if (Files.isRegularFile(target)
                && checksumOf(Files.newInputStream(target)).equals(checksum)) {
            return;
        }
        Files.createDirectories(target.getParent());
        Path part =
                Files.createTempFile(target.getParent(), target.getFileName().toString(), PART);
        try (InputStream in = resource(name)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    static String checksumOf(InputStream content) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(content, digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static InputStream resource(String name) {
        InputStream in = BuiltInPair.class.getResourceAsStream(RESOURCES + name);
        if (in == null) {
            throw new UncheckedIOException(new IOException("the jar lacks " + RESOURCES + name));
        }
        return in;
    }
}
