package io.flowblend.video;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Writes frames in one file format. */
public interface VideoEncoder {
    /**
     * Writes {@code frames} to {@code target}, which is either complete or not there when this returns or throws.
     *
     * @param fps frames a second
     * @param metadata written into the file where the format can carry it (title, comment)
     * @throws IOException if it cannot be written (disk full, no permission); {@code target} is as it was before
     */
    void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException;
}
