package io.flowblend.request;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.InflaterInputStream;

/**
 * The colours that a picture's numbers stand for, where an ICC profile of RGB says so: a phone's pictures have a wider gamut
 * than sRGB. Other profiles, and those that cannot be read, are left aside.
 */
final class ColourProfile {
    private static final byte[] JPEG_MARK = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);

    /** Above this it is no profile but something that unfolds. */
    private static final int LARGEST = 4 << 20;

    private final ICC_ColorSpace colours;

    private ColourProfile(ICC_ColorSpace colours) {
        this.colours = colours;
    }

    static Optional<ColourProfile> of(byte[] file, PictureFormat format) {
        try {
            byte[] profile =
                    switch (format) {
                        case PNG -> inPng(file);
                        case JPEG -> inJpeg(file);
                        case WEBP, GIF -> new byte[0]; // the reader of WebP converts by itself
                    };
            if (profile.length == 0) {
                return Optional.empty();
            }
            ICC_Profile read = ICC_Profile.getInstance(profile);
            return read.getColorSpaceType() == ColorSpace.TYPE_RGB
                    ? Optional.of(new ColourProfile(new ICC_ColorSpace(read)))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException | CMMException e) {
            return Optional.empty();
        }
    }

    /** The picture, of type INT_RGB, with the sRGB numbers of its colours. */
    BufferedImage toSrgb(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        BufferedImage converted = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        float[] values = new float[3];
        int lastGiven = -1;
        int last = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = picture.getRGB(x, y) & 0xFFFFFF;
                if (rgb != lastGiven) {
                    for (int i = 0; i < 3; i++) {
                        values[i] = (rgb >> (16 - 8 * i) & 0xFF) / 255f;
                    }
                    last = packed(colours.toRGB(values));
                    lastGiven = rgb;
                }
                converted.setRGB(x, y, last);
            }
        }
        return converted;
    }

    private static int packed(float[] rgb) {
        int packed = 0;
        for (float value : rgb) {
            packed = packed << 8 | Math.round(Math.max(0, Math.min(1, value)) * 255);
        }
        return packed;
    }

    private static byte[] inPng(byte[] file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int at = 8;
        while (at + 12 <= file.length) {
            int length = bytes.getInt(at);
            String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (type.equals("iCCP")) {
                int name = 0;
                while (file[at + 8 + name] != 0) {
                    name++;
                }
                int start = at + 8 + name + 2;
                try (InflaterInputStream in = new InflaterInputStream(
                        new ByteArrayInputStream(file, start, Math.max(0, at + 8 + length - start)))) {
                    return in.readNBytes(LARGEST);
                }
            }
            if (type.equals("IDAT") || length < 0 || length > file.length) {
                break;
            }
            at += length + 12;
        }
        return new byte[0];
    }

    /** The profile may be cut into several segments, which are numbered. */
    private static byte[] inJpeg(byte[] file) {
        TreeMap<Integer, byte[]> parts = new TreeMap<>();
        JpegSegments.forEach(file, (marker, start, length) -> {
            ByteBuffer segment = ByteBuffer.wrap(file, start, length);
            byte[] mark = new byte[Math.min(JPEG_MARK.length, length)];
            segment.get(mark);
            if (marker == JpegSegments.APP2 && Arrays.equals(mark, JPEG_MARK) && segment.remaining() > 2) {
                int number = segment.get() & 0xFF;
                segment.get();
                byte[] part = new byte[segment.remaining()];
                segment.get(part);
                parts.put(number, part);
            }
        });
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.values().forEach(whole::writeBytes);
        return whole.toByteArray();
    }
}
