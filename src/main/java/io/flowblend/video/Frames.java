package io.flowblend.video;

import java.util.Arrays;

/**
 * Decoded frames: 8-bit RGB, interleaved, row by row, frame after frame.
 *
 * @param count number of frames
 * @param height rows of a frame, pixels
 * @param width columns of a frame, pixels
 * @param rgb {@code count * height * width * 3} bytes
 */
public record Frames(int count, int height, int width, byte[] rgb) {
    public Frames {
        if (rgb.length != Math.multiplyExact(Math.multiplyExact(count, height), Math.multiplyExact(width, 3))) {
            throw new IllegalArgumentException(
                    rgb.length + " bytes for " + count + " frames of " + width + "x" + height);
        }
    }

    /** The bytes of frame {@code index}. */
    public byte[] frame(int index) {
        int size = height * width * 3;
        return Arrays.copyOfRange(rgb, index * size, (index + 1) * size);
    }

    /** @throws IllegalArgumentException if there is no pixel in it, which no file format can hold */
    void requireSome() {
        if (rgb.length == 0) {
            throw new IllegalArgumentException(
                    "frames: " + count + " frames of " + width + "x" + height + ", expected at least one pixel");
        }
    }
}
