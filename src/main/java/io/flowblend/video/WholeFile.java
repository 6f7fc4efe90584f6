package io.flowblend.video;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;

/** Writes a file whole or not at all: under another name beside it, which then takes the target's place in one move. */
public final class WholeFile {
    private static final int SLICE_BYTES = 1 << 20;

    private WholeFile() {}

    /**
     * Writes {@code content} to {@code target}, on any file system, replacing what was there.
     *
     * @throws IOException naming the file (without its folder) and the cause; {@code target} is then as it was before
     */
    public static void write(Path target, byte[] content) throws IOException {
        Path partial = target.resolveSibling(".partial-" + UUID.randomUUID());
        try {
            try {
                writeAll(partial, content);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new IOException("could not write " + target.getFileName() + ": " + reason(e), e);
        }
    }

    private static void writeAll(Path file, byte[] content) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                ByteBuffer slice = rest.slice(rest.position(), Math.min(SLICE_BYTES, rest.remaining()));
                rest.position(rest.position() + channel.write(slice));
            }
            if (channel instanceof FileChannel disk) {
                // Some file systems report a full disk, or lose what a crash interrupts, unless it is forced out.
                disk.force(true);
            }
        }
    }

    private static String reason(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (failure instanceof AccessDeniedException) {
            return "no permission";
        }
        String said = failure instanceof FileSystemException detailed ? detailed.getReason() : failure.getMessage();
        return said == null ? "the write was broken off" : said;
    }
}
