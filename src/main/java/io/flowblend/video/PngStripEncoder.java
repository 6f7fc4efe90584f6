package io.flowblend.video;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;

/**
 * All frames, without loss, side by side in one PNG: as many in a row as fit in 4096 pixels, then the next row.
 * Metadata is written as international text (the keys title and comment as PNG's own Title and Comment); a key that PNG
 * cannot hold (over 79 characters, or not Latin-1) is left out.
 */
public final class PngStripEncoder implements VideoEncoder {
    private static final int MAX_ROW_PIXELS = 4096;
    private static final int MAX_KEYWORD = 79;
    private static final Map<String, String> PNG_KEYWORDS = Map.of("title", "Title", "comment", "Comment");

    @Override
    public void encode(Frames frames, FrameRate fps, Map<String, String> metadata, Path target) throws IOException {
        frames.requireSome();
        int columns = Math.max(1, Math.min(frames.count(), MAX_ROW_PIXELS / frames.width()));
        int[] all = IntStream.range(0, frames.count()).toArray();
        WholeFile.write(target, Pictures.png(Pictures.grid(frames, all, columns), png -> annotate(png, metadata)));
    }

    /** So many frames spread evenly over the video, in one row, as PNG. */
    public static byte[] row(Frames frames, int most) throws IOException {
        frames.requireSome();
        int[] shown = SpriteSheet.spread(frames.count(), Math.min(most, frames.count()));
        return Pictures.png(Pictures.grid(frames, shown, shown.length), png -> {});
    }

    private static void annotate(IIOMetadata png, Map<String, String> metadata) {
        IIOMetadataNode texts = new IIOMetadataNode("iTXt");
        new TreeMap<>(metadata).forEach((key, value) -> {
            if (isKeyword(key)) {
                texts.appendChild(text(PNG_KEYWORDS.getOrDefault(key, key), value.replace('\0', ' ')));
            }
        });
        IIOMetadataNode root = new IIOMetadataNode(png.getNativeMetadataFormatName());
        root.appendChild(texts);
        try {
            png.mergeTree(png.getNativeMetadataFormatName(), root);
        } catch (IIOInvalidTreeException e) {
            throw new IllegalStateException("PNG text entries", e);
        }
    }

    private static IIOMetadataNode text(String keyword, String text) {
        IIOMetadataNode entry = new IIOMetadataNode("iTXtEntry");
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("compressionFlag", "FALSE");
        entry.setAttribute("compressionMethod", "0");
        entry.setAttribute("languageTag", "");
        entry.setAttribute("translatedKeyword", "");
        entry.setAttribute("text", text);
        return entry;
    }

    private static boolean isKeyword(String key) {
        return !key.isBlank()
                && key.equals(key.strip())
                && key.length() <= MAX_KEYWORD
                && StandardCharsets.ISO_8859_1.newEncoder().canEncode(key);
    }
}
