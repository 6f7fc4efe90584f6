package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The numbers and texts of a GGUF file from its first byte on, read through a small window. What ends early is refused. */
final class GgufReader {
    private static final int WINDOW = 64 << 10;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW).order(ByteOrder.LITTLE_ENDIAN);
    private long windowStart;

    GgufReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
        window.limit(0);
    }

    /** Offset of the next byte in the file. */
    long position() {
        return windowStart + window.position();
    }

    long size() {
        return size;
    }

    int oneByte() throws IOException {
        return next(1, "a byte").get() & 255;
    }

    int word() throws IOException {
        return next(4, "a number").getInt();
    }

    long longWord() throws IOException {
        return next(8, "a number").getLong();
    }

    /** A count of things that take at least {@code bytesEach} bytes of the rest of the file. */
    long count(String what, long bytesEach) throws IOException {
        long count = longWord();
        if (count < 0 || count > (size - position()) / bytesEach) {
            throw new InvalidFileException(
                    file,
                    "says that it has " + Long.toUnsignedString(count) + " " + what + ", more than its "
                            + (size - position()) + " bytes behind that can hold (truncated or damaged)");
        }
        return count;
    }

    /** A text of at most {@code longest} bytes. */
    String text(String what, int longest) throws IOException {
        long length = count("bytes of " + what, 1);
        if (length > longest) {
            throw new InvalidFileException(
                    file, "has " + what + " of " + length + " bytes, at most " + longest + " are accepted");
        }
        return decoded(what, (int) length);
    }

    /** As {@link #text}; a longer text is passed over and answered as empty. */
    String shortText(String what, int longest) throws IOException {
        long length = count("bytes of " + what, 1);
        if (length <= longest) {
            return decoded(what, (int) length);
        }
        skip(length);
        return "";
    }

    private String decoded(String what, int length) throws IOException {
        byte[] bytes = new byte[length];
        next(bytes.length, what).get(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidFileException(file, "has " + what + " that is not UTF-8", e);
        }
    }

    void skip(long bytes) {
        if (bytes > size - position()) {
            throw truncated("a value");
        }
        long target = position() + bytes;
        if (target <= windowStart + window.limit()) {
            window.position((int) (target - windowStart));
        } else {
            windowStart = target;
            window.position(0).limit(0);
        }
    }

    private ByteBuffer next(int bytes, String what) throws IOException {
        if (bytes > size - position()) {
            throw truncated(what);
        }
        if (window.remaining() < bytes) {
            windowStart = position();
            window.clear();
            while (window.hasRemaining() && channel.read(window, windowStart + window.position()) >= 0) {
                // a channel may return less than was asked for
            }
            window.flip();
        }
        if (window.remaining() < bytes) {
            throw truncated(what);
        }
        return window;
    }

    private InvalidFileException truncated(String what) {
        return new InvalidFileException(file, "ends within its header, where " + what + " was expected (truncated)");
    }
}
