package io.flowblend.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * Owner of ffmpeg objects: frees them in reverse order of their making, on every path. Also frees the small structures
 * (rationals, strings) that its thread makes while it is open. Scopes of one thread are closed in reverse order.
 */
final class NativeScope implements AutoCloseable {
    private static final int MAX_ERROR_BYTES = 256;

    static {
        av_log_set_level(AV_LOG_QUIET);
    }

    private final PointerScope temporaries = new PointerScope();
    private final Deque<Runnable> frees = new ArrayDeque<>();

    /**
     * Takes ownership.
     *
     * @param pointer what an ffmpeg function allocated, null if there was no memory for it
     */
    <P extends Pointer> P own(@Nullable P pointer, Consumer<P> free) throws IOException {
        if (pointer == null) {
            throw new IOException("ffmpeg found no memory");
        }
        frees.push(() -> free.accept(pointer));
        return pointer;
    }

    /** C strings are UTF-8 whatever the platform's charset; they end at the first zero byte, so none may be inside. */
    static BytePointer utf8(String text) {
        return new BytePointer(text.replace('\0', ' '), StandardCharsets.UTF_8);
    }

    /** Returns {@code code} unless it says that {@code step} failed. */
    static int check(int code, String step) throws IOException {
        if (code >= 0) {
            return code;
        }
        byte[] text = new byte[MAX_ERROR_BYTES];
        av_strerror(code, text, text.length);
        throw new IOException(step + " failed: " + new String(text, StandardCharsets.UTF_8).trim());
    }

    @Override
    public void close() {
        try {
            while (!frees.isEmpty()) {
                frees.pop().run();
            }
        } finally {
            temporaries.close();
        }
    }
}
