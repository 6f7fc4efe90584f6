package io.flowblend.request;

/** The segments of a JPEG in front of its first scan (ISO/IEC 10918-1, annex B). */
final class JpegSegments {
    static final int APP0 = 0xE0;
    static final int APP2 = 0xE2;
    static final int APP14 = 0xEE;
    private static final int START_OF_SCAN = 0xDA;

    /** What is done with a segment. */
    @FunctionalInterface
    interface Visitor {
        /** @param start first byte of the segment's content in the file, of {@code length} */
        void visit(int marker, int start, int length);
    }

    private JpegSegments() {}

    static void forEach(byte[] file, Visitor visitor) {
        int at = 2;
        while (at + 4 <= file.length && (file[at] & 0xFF) == 0xFF) {
            int marker = file[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
            }
            int length = (file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF);
            if (marker == START_OF_SCAN || length < 2 || at + 2 + length > file.length) {
                return;
            }
            visitor.visit(marker, at + 4, length - 2);
            at += 2 + length;
        }
    }

    /** Whether the marker begins a frame, whose header tells its components. */
    static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }
}
