package io.flowblend.request;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/**
 * How a picture has to be turned to stand upright: cameras store what the sensor saw and note its orientation (EXIF 2.32,
 * tag 0x0112), in the order of the values 1 to 8.
 */
enum Orientation {
    UPRIGHT(false, false, false),
    MIRRORED(false, true, false),
    UPSIDE_DOWN(false, true, true),
    UPSIDE_DOWN_MIRRORED(false, false, true),
    TRANSPOSED(true, false, false),
    TURNED_LEFT(true, true, false),
    TRANSPOSED_UPSIDE_DOWN(true, true, true),
    TURNED_RIGHT(true, false, true);

    private final boolean swapsAxes;
    private final boolean flipsColumns;
    private final boolean flipsRows;

    /** What makes it upright: rows become columns, or not; then columns, then rows are taken from the other end, or not. */
    Orientation(boolean swapsAxes, boolean flipsColumns, boolean flipsRows) {
        this.swapsAxes = swapsAxes;
        this.flipsColumns = flipsColumns;
        this.flipsRows = flipsRows;
    }

    /** What a JPEG notes; upright if it notes nothing that can be read, or is no JPEG. */
    static Orientation of(byte[] image) {
        try {
            ExifIFD0Directory directory = JpegMetadataReader.readMetadata(
                            new ByteArrayInputStream(image), List.of(new ExifReader()))
                    .getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > values().length ? UPRIGHT : values()[value - 1];
        } catch (JpegProcessingException | IOException e) {
            return UPRIGHT;
        }
    }

    /** Whether height and width change places when a picture is made upright. */
    boolean swapsAxes() {
        return swapsAxes;
    }

    BufferedImage upright(BufferedImage stored) {
        if (this == UPRIGHT) {
            return stored;
        }
        int width = swapsAxes ? stored.getHeight() : stored.getWidth();
        int height = swapsAxes ? stored.getWidth() : stored.getHeight();
        AffineTransform turn = new AffineTransform(
                flipsColumns ? -1 : 1, 0, 0, flipsRows ? -1 : 1, flipsColumns ? width : 0, flipsRows ? height : 0);
        if (swapsAxes) {
            turn.concatenate(new AffineTransform(0, 1, 1, 0, 0, 0));
        }
        BufferedImage upright = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = upright.createGraphics();
        try {
            graphics.drawImage(stored, turn, null);
            return upright;
        } finally {
            graphics.dispose();
        }
    }
}
