package io.flowblend.video;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;

/** A frame as a small JPEG, in memory. */
public final class Preview {
    private static final float JPEG_QUALITY = 0.8f;

    private Preview() {}

    /**
     * The first of the frames, made smaller if a side is longer than {@code longestSide}.
     *
     * @throws IOException if it cannot be encoded
     */
    public static byte[] jpeg(Frames frames, int longestSide) throws IOException {
        frames.requireSome();
        BufferedImage whole = Pictures.grid(frames, new int[] {0}, 1);
        int longest = Math.max(whole.getWidth(), whole.getHeight());
        return Pictures.jpeg(
                longest <= longestSide ? whole : smaller(whole, (double) longestSide / longest), JPEG_QUALITY);
    }

    private static BufferedImage smaller(BufferedImage whole, double scale) {
        int width = Math.max(1, (int) Math.round(whole.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(whole.getHeight() * scale));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(whole, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}
