package io.flowblend.video;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * H.264 in MP4 as every browser plays it: yuv420p, BT.709, limited range, with the index ({@code moov}) in front of the
 * frames so that playing starts at once. Equal input gives equal bytes. Width and height have to be even, since four
 * pixels share one colour.
 */
public final class Mp4Encoder implements VideoEncoder {
    /** Constant rate factor, 0 (lossless) .. 51; below 18 the loss is not seen, even in tiny sharp clips. */
    private static final String RATE_FACTOR = "16";

    /** An empty box that ffmpeg puts behind the index, to fill what was kept free for it. */
    private static final int FILLER_BYTES = 8;

    private static final String TO_YUV = FilterGraph.scale("out_color_matrix=bt709:out_range=tv") + ",format=yuv420p";

    /** Keys that the tag list which all players show has a place for. */
    private static final Set<String> COMMON_TAGS =
            Set.of("title", "comment", "artist", "description", "copyright", "date");

    /**
     * {@inheritDoc}
     *
     * <p>All metadata is kept. If every key is a common one (title, comment, artist, description, copyright, date) it
     * is written as tags that all players show, otherwise as a list of free keys, which fewer players show.
     */
    @Override
    public void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        if (frames.width() % 2 != 0 || frames.height() % 2 != 0) {
            throw new IllegalArgumentException("size: " + frames.width() + "x" + frames.height()
                    + ", expected an even width and height (H.264 in yuv420p)");
        }
        WholeFile.write(target, encode(frames, fps, metadata));
    }

    private static byte[] encode(Frames frames, FrameRate fps, Map<String, String> metadata) throws IOException {
        Map<String, String> options = new HashMap<>();
        if (!COMMON_TAGS.containsAll(metadata.keySet())) {
            options.put("movflags", "use_metadata_tags");
        }
        try (NativeScope scope = new NativeScope()) {
            // x264 plans rates by macroblock trees from memory that it has not set: what it holds by chance changes the
            // bytes.
            Map<String, String> settings = Map.of("crf", RATE_FACTOR, "preset", "medium", "mbtree", "0");
            EncodedClip clip = new EncodedClip(scope, frames, fps, TO_YUV, "libx264", settings);
            // The index can only be sized when it is known: once to measure it, once with that much room in front.
            byte[] measured = clip.mux("mp4", options, metadata);
            long index = Mp4Boxes.sizes(measured).getOrDefault("moov", 0L);
            options.put("moov_size", Long.toString(index + FILLER_BYTES));
            return clip.mux("mp4", options, metadata);
        }
    }
}
