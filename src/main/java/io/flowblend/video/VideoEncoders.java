package io.flowblend.video;

import java.nio.file.Path;
import java.util.Locale;

/** The encoders for whole videos, by file name. */
public final class VideoEncoders {
    private VideoEncoders() {}

    /**
     * The encoder that the extension of {@code file} asks for.
     *
     * @throws IllegalArgumentException naming the file and the extensions that are known
     */
    public static VideoEncoder forFile(Path file) {
        String name = String.valueOf(file.getFileName());
        return switch (name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT)) {
            case ".mp4" -> new Mp4Encoder();
            case ".gif" -> new GifEncoder();
            case ".png" -> new PngStripEncoder();
            default -> throw new IllegalArgumentException(
                    name + ": unknown video format, expected a name that ends in .mp4, .gif or .png");
        };
    }
}
