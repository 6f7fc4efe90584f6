package io.flowblend.video;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The outermost boxes of an MP4 file (ISO/IEC 14496-12, 4.2). */
final class Mp4Boxes {
    private static final int HEADER_BYTES = 8;
    private static final int LONG_HEADER_BYTES = 16;

    private Mp4Boxes() {}

    /** Sizes in bytes by type, in the file's order; of several boxes of one type the first. */
    static Map<String, Long> sizes(byte[] file) {
        Map<String, Long> sizes = new LinkedHashMap<>();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        long at = 0;
        while (at + HEADER_BYTES <= file.length) {
            long size = Integer.toUnsignedLong(bytes.getInt((int) at));
            if (size == 1 && at + LONG_HEADER_BYTES <= file.length) {
                size = bytes.getLong((int) at + HEADER_BYTES);
            } else if (size == 0) {
                size = file.length - at;
            }
            if (size < HEADER_BYTES || size > file.length - at) {
                break;
            }
            sizes.putIfAbsent(new String(file, (int) at + 4, 4, StandardCharsets.US_ASCII), size);
            at += size;
        }
        return sizes;
    }

    /** Whether a player that reads from the start learns what the file holds before its frames come. */
    static boolean startsFast(byte[] file) {
        for (String type : sizes(file).keySet()) {
            if (type.equals("mdat")) {
                return false;
            }
            if (type.equals("moov")) {
                return true;
            }
        }
        return false;
    }
}
