package io.flowblend.video;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Frames as still pictures, in memory; needs no display. */
final class Pictures {
    private Pictures() {}

    /**
     * Lays frames out in rows, left to right; what is left of the last row is black.
     *
     * @param indices which frames, at least one
     * @param columns frames in a row
     */
    static BufferedImage grid(Frames frames, int[] indices, int columns) {
        int rows = (indices.length + columns - 1) / columns;
        int stride = Math.multiplyExact(frames.width() * 3, columns);
        byte[] rgb = new byte[Math.multiplyExact(stride, Math.multiplyExact(rows, frames.height()))];
        int line = frames.width() * 3;
        for (int i = 0; i < indices.length; i++) {
            for (int y = 0; y < frames.height(); y++) {
                int from = (indices[i] * frames.height() + y) * line;
                int to = (i / columns * frames.height() + y) * stride + i % columns * line;
                System.arraycopy(frames.rgb(), from, rgb, to, line);
            }
        }
        return picture(rgb, frames.width() * columns, frames.height() * rows);
    }

    private static BufferedImage picture(byte[] rgb, int width, int height) {
        var model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        var raster = Raster.createInterleavedRaster(
                new DataBufferByte(rgb, rgb.length), width, height, width * 3, 3, new int[] {0, 1, 2}, null);
        return new BufferedImage(model, raster, false, null);
    }

    static byte[] jpeg(BufferedImage picture, float quality) throws IOException {
        return write(
                picture,
                "jpeg",
                settings -> {
                    settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                    settings.setCompressionQuality(quality);
                },
                metadata -> {});
    }

    /** @param annotate adds to the file's metadata */
    static byte[] png(BufferedImage picture, Consumer<IIOMetadata> annotate) throws IOException {
        return write(picture, "png", settings -> {}, annotate);
    }

    private static byte[] write(
            BufferedImage picture, String format, Consumer<ImageWriteParam> set, Consumer<IIOMetadata> annotate)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            set.accept(settings);
            IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(picture), settings);
            annotate.accept(metadata);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, metadata), settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
