package io.flowblend.quality;

import io.flowblend.video.Frames;

/** The videos of the fixtures for the measures of frames. */
public final class FixtureVideo {
    private FixtureVideo() {}

    /** The same bytes as {@code video} in {@code make_quality_fixture_video.py}. */
    public static Frames of(int count, int height, int width, int phase, int noise) {
        byte[] rgb = new byte[count * height * width * 3];
        int i = 0;
        for (int f = 0; f < count; f++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int c = 0; c < 3; c++) {
                        int smooth = (5 * x + 3 * y + 11 * f + 40 * c + phase) % 256;
                        int grain = (x * 7919 + y * 104729 + f * 1299709 + c * 15485863) % 251;
                        rgb[i++] = (byte) ((smooth * (8 - noise) + grain * noise) / 8);
                    }
                }
            }
        }
        return new Frames(count, height, width, rgb);
    }
}
