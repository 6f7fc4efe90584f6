package io.flowblend.request;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final System.Logger LOG = System.getLogger(Orientation.class.getName());
    private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    private final boolean swapsAxes;
    private final boolean flipsColumns;
    private final boolean flipsRows;

    /** What makes it upright: rows become columns, or not; then columns, then rows are taken from the other end, or not. */
    Orientation(boolean swapsAxes, boolean flipsColumns, boolean flipsRows) {
        this.swapsAxes = swapsAxes;
        this.flipsColumns = flipsColumns;
        this.flipsRows = flipsRows;
    }

    /** What the file notes in its EXIF, or else in its XMP; upright if it notes nothing that can be read. */
    static Orientation of(byte[] image) {
        int value = 0;
        try {
            Metadata metadata = ImageMetadataReader.readMetadata(new ByteArrayInputStream(image));
            value = metadata.getDirectoriesOfType(ExifIFD0Directory.class).stream()
                    .map(directory -> directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseGet(() -> inXmp(image));
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a picture's metadata cannot be read; it is taken to be upright", e);
        }
        return value < 1 || value > values().length ? UPRIGHT : values()[value - 1];
    }

    private static int inXmp(byte[] image) {
        Matcher note = XMP.matcher(new String(image, StandardCharsets.ISO_8859_1));
        return note.find() ? Integer.parseInt(note.group(1)) : 0;
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
