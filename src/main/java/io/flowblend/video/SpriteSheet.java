package io.flowblend.video;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Frames spread evenly over the video, from the first to the last, as one JPEG: rows from left to right, as near to a
 * square grid as their number allows. Carries no metadata.
 *
 * @param maxTiles most frames shown, at least 1; a shorter video shows each of its frames once
 */
public record SpriteSheet(int maxTiles) implements VideoEncoder {
    private static final float JPEG_QUALITY = 0.9f;

    public SpriteSheet {
        if (maxTiles < 1) {
            throw new IllegalArgumentException("maxTiles: " + maxTiles + ", expected at least 1");
        }
    }

    @Override
    public void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        frames.requireSome();
        int tiles = Math.min(maxTiles, frames.count());
        int columns = (int) Math.ceil(Math.sqrt(tiles));
        WholeFile.write(
                target, Pictures.jpeg(Pictures.grid(frames, spread(frames.count(), tiles), columns), JPEG_QUALITY));
    }

    /** {@code tiles} of the numbers 0 .. count - 1 at equal distances, both ends among them if there are two or more. */
    static int[] spread(int count, int tiles) {
        return IntStream.range(0, tiles)
                .map(i -> tiles == 1 ? 0 : Math.round((float) i * (count - 1) / (tiles - 1)))
                .toArray();
    }
}
