package io.flowblend.request;

import java.nio.charset.StandardCharsets;

/**
 * How the numbers of a JPEG become colours. They are luminance and chroma unless the file says otherwise: by a segment of
 * Adobe's, or by the names of its components. Four components are ink, as Adobe's programs write it: 255 is none. Pillow, too, takes all such files for theirs.
 */
final class JpegColours {
    private static final String ADOBE = "Adobe";
    private static final int ADOBE_BYTES = 12;

    private boolean jfif;
    private boolean adobe;
    private int transform;
    private String components = "";

    static JpegColours of(byte[] file) {
        JpegColours colours = new JpegColours();
        JpegSegments.forEach(file, (marker, start, length) -> colours.note(file, marker, start, length));
        return colours;
    }

    private void note(byte[] file, int marker, int start, int length) {
        if (marker == JpegSegments.APP0 && length >= 5 && text(file, start, 4).equals("JFIF")) {
            jfif = true;
        } else if (marker == JpegSegments.APP14
                && length >= ADOBE_BYTES
                && text(file, start, ADOBE.length()).equals(ADOBE)) {
            adobe = true;
            transform = file[start + ADOBE_BYTES - 1];
        } else if (JpegSegments.isFrame(marker) && length >= 6) {
            StringBuilder names = new StringBuilder();
            for (int at = start + 6; at + 2 < start + length; at += 3) {
                names.append((char) (file[at] & 0xFF));
            }
            components = names.toString();
        }
    }

    private static String text(byte[] file, int start, int length) {
        return new String(file, start, length, StandardCharsets.ISO_8859_1);
    }

    /** RGB, 8 bit each, of one pixel's components. */
    int rgb(int[] values, int at, int bands) {
        if (bands == 1) {
            return values[at] * 0x010101;
        }
        int colours = isLuminanceAndChroma(bands)
                ? fromChroma(values[at], values[at + 1], values[at + 2])
                : values[at] << 16 | values[at + 1] << 8 | values[at + 2];
        if (bands == 3) {
            return colours;
        }
        int light = values[at + 3];
        return darkened(colours >> 16 & 0xFF, light) << 16
                | darkened(colours >> 8 & 0xFF, light) << 8
                | darkened(colours & 0xFF, light);
    }

    private static int darkened(int value, int light) {
        return (value * light + 127) / 255;
    }

    private boolean isLuminanceAndChroma(int bands) {
        if (bands == 4) {
            return adobe && transform == 2;
        }
        return jfif || (adobe ? transform != 0 : !components.equals("RGB"));
    }

    private static int fromChroma(int y, int cb, int cr) {
        return clamped(y + 1.402 * (cr - 128)) << 16
                | clamped(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)) << 8
                | clamped(y + 1.772 * (cb - 128));
    }

    private static int clamped(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }
}
