package io.flowblend.video;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * An endlessly repeated GIF whose palette of 256 colours is chosen from all frames. Times are kept to 1/100 s, which is
 * as fine as the format has them, without drift. Carries no metadata.
 */
public final class GifEncoder implements VideoEncoder {
    private static final String TO_PALETTE =
            "split[sample][use];[sample]palettegen=reserve_transparent=0[palette];[use][palette]paletteuse";

    @Override
    public void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        try (NativeScope scope = new NativeScope()) {
            EncodedClip clip = new EncodedClip(scope, frames, fps, TO_PALETTE, "gif", Map.of());
            WholeFile.write(target, clip.mux("gif", Map.of("loop", "0"), Map.of()));
        }
    }
}
