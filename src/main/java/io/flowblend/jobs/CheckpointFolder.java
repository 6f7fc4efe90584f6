package io.flowblend.jobs;

import io.flowblend.pipeline.Checkpoints;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The checkpoints of one video: the last two, a file each. A file is eight bytes that say what it is, the run's state, and its
 * SHA-256; it gets its name when all of it is on the disk. One that is torn or damaged all the same is passed over.
 */
final class CheckpointFolder {
    private static final byte[] KIND = "FBCKPT1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int KEPT = 2;
    private static final String PREFIX = "step-";

    private static final System.Logger LOG = System.getLogger(CheckpointFolder.class.getName());

    private final Path folder;

    CheckpointFolder(Path folder) {
        this.folder = folder;
    }

    /** Keeps a state, and of the older ones the last. */
    void write(int nextStep, Checkpoints.Writer writer) throws IOException {
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, ".", ".part");
        try {
            try (FileOutputStream file = new FileOutputStream(part.toFile())) {
                write(file, writer);
                file.getFD().sync();
            }
            Files.move(part, folder.resolve(name(nextStep)), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        List<Path> files = newestFirst();
        for (Path old : files.subList(Math.min(KEPT, files.size()), files.size())) {
            Files.deleteIfExists(old);
        }
    }

    private static void write(OutputStream file, Checkpoints.Writer writer) throws IOException {
        MessageDigest digest = Sha256.digest();
        OutputStream out = new BufferedOutputStream(file);
        out.write(KIND);
        DigestOutputStream digested = new DigestOutputStream(out, digest);
        writer.write(digested);
        digested.flush();
        out.write(digest.digest());
        out.flush();
    }

    /** The newest state that is whole and that {@code reader} takes. */
    <T> Optional<T> last(Checkpoints.Reader<T> reader) {
        List<Path> files;
        try {
            files = newestFirst();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "The checkpoints in " + folder + " cannot be listed", e);
            return Optional.empty();
        }
        for (Path file : files) {
            try {
                check(file);
                try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                    in.skipNBytes(KIND.length);
                    return Optional.of(reader.read(in));
                }
            } catch (IOException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The checkpoint {0} is not used: {1}. {2}",
                        file,
                        e.getMessage(),
                        file.equals(files.get(files.size() - 1))
                                ? "The video is begun anew"
                                : "The one before it is tried");
            }
        }
        return Optional.empty();
    }

    private static void check(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        long left = Files.size(file) - KIND.length - Sha256.BYTES;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            if (left < 0 || !Arrays.equals(KIND, in.readNBytes(KIND.length))) {
                throw new IOException("it is not a checkpoint of this format");
            }
            byte[] buffer = new byte[1 << 16];
            while (left > 0) {
                int read = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
                if (read == 0) {
                    break;
                }
                digest.update(buffer, 0, read);
                left -= read;
            }
            if (!Arrays.equals(digest.digest(), in.readNBytes(Sha256.BYTES))) {
                throw new IOException("its checksum is wrong");
            }
        }
    }

    private List<Path> newestFirst() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*")) {
            found.forEach(files::add);
        } catch (NoSuchFileException e) {
            return files;
        }
        files.sort(Comparator.comparing(Path::toString).reversed());
        return files;
    }

    private static String name(int nextStep) {
        return String.format(Locale.ROOT, "%s%06d", PREFIX, nextStep);
    }
}
