package io.flowblend.video;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The middle frame as a JPEG in its own size: by then what moves has come into view, and a model's first frames are its
 * weakest. Carries no metadata.
 */
public final class Thumbnail implements VideoEncoder {
    private static final float JPEG_QUALITY = 0.92f;

    @Override
    public void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        frames.requireSome();
        int[] middle = {frames.count() / 2};
        WholeFile.write(target, Pictures.jpeg(Pictures.grid(frames, middle, 1), JPEG_QUALITY));
    }
}
