package io.flowblend.request;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads a picture of any kind that its format has into 8-bit RGB, as it is stored: not yet turned, and in the colours of its
 * own profile. Of an animation the first picture is read. What is transparent is black. Numbers of 16 bit count by their
 * high byte; grey values are taken as they stand.
 */
final class PictureReader {
    /** Most pixels of a picture, so that a small file cannot unfold to fill the memory. */
    static final long MOST_PIXELS = 1L << 26;

    /** Warnings by which a reader tells that it has filled up what was missing. */
    private static final Pattern CUT = Pattern.compile("premature|truncated", Pattern.CASE_INSENSITIVE);

    private PictureReader() {}

    /**
     * @throws InvalidRequestException if the file is none of the formats, is not whole, or has too many pixels
     * @throws IOException if the file is damaged in another way
     */
    static BufferedImage read(byte[] file) throws IOException {
        PictureFormat format = PictureFormat.of(file)
                .orElseThrow(() -> refused("is neither a "
                        + PictureFormat.NAMES.replace(", ", ", a ").replace(" or ", " nor a ")
                        + PictureFormat.nameOfOther(file)
                                .map(name -> ", but a file of the kind " + name)
                                .orElse("")));
        if (!format.isWhole(file)) {
            throw refused("is damaged: the file ends early");
        }
        ImageReader reader =
                ImageIO.getImageReadersByFormatName(format.reader()).next();
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            requirePixels((long) reader.getWidth(0) * reader.getHeight(0));
            boolean[] cut = new boolean[1];
            reader.addIIOReadWarningListener(
                    (source, warning) -> cut[0] |= CUT.matcher(warning).find());
            BufferedImage picture = format == PictureFormat.JPEG ? jpeg(reader, file) : rgb(reader.read(0));
            if (cut[0]) {
                throw refused("is damaged: the file ends early");
            }
            return format == PictureFormat.GIF ? GifScreen.of(file).with(picture) : picture;
        } finally {
            reader.dispose();
        }
    }

    static void requirePixels(long pixels) {
        if (pixels > MOST_PIXELS) {
            throw refused("has " + pixels + " pixels, at most " + MOST_PIXELS + " are accepted");
        }
    }

    private static BufferedImage jpeg(ImageReader reader, byte[] file) throws IOException {
        JpegColours colours = JpegColours.of(file);
        Raster raster = reader.readRaster(0, null);
        int bands = raster.getNumBands();
        if (bands == 2) {
            throw new IOException("two components");
        }
        return filled(raster, (values, at) -> colours.rgb(values, at, bands));
    }

    private static BufferedImage rgb(BufferedImage read) {
        Raster raster = read.getRaster();
        int bands = raster.getNumBands();
        if (read.getColorModel() instanceof IndexColorModel palette) {
            return filled(raster, (values, at) -> {
                int colour = palette.getRGB(values[at]);
                return onBlack(colour, colour >>> 24);
            });
        }
        int bits = raster.getSampleModel().getSampleSize(0);
        boolean coloured = bands >= 3;
        boolean alpha = bands == 2 || bands == 4;
        return filled(raster, (values, at) -> {
            int colour = coloured
                    ? eight(values[at], bits) << 16 | eight(values[at + 1], bits) << 8 | eight(values[at + 2], bits)
                    : eight(values[at], bits) * 0x010101;
            return alpha ? onBlack(colour, eight(values[at + bands - 1], bits)) : colour;
        });
    }

    private static int eight(int value, int bits) {
        return bits == 8 ? value : bits > 8 ? value >> (bits - 8) : value * 255 / ((1 << bits) - 1);
    }

    private static int onBlack(int colour, int alpha) {
        return alpha == 255
                ? colour
                : darker(colour >> 16 & 0xFF, alpha) << 16
                        | darker(colour >> 8 & 0xFF, alpha) << 8
                        | darker(colour & 0xFF, alpha);
    }

    private static int darker(int value, int alpha) {
        return (value * alpha + 127) / 255;
    }

    /** A pixel's colour. */
    @FunctionalInterface
    private interface Colour {
        /** @param at where the pixel's samples begin in {@code values} */
        int rgb(int[] values, int at);
    }

    private static BufferedImage filled(Raster raster, Colour colour) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        BufferedImage picture = new BufferedImage(width, raster.getHeight(), BufferedImage.TYPE_INT_RGB);
        int[] samples = new int[width * bands];
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, samples);
            for (int x = 0; x < width; x++) {
                row[x] = colour.rgb(samples, x * bands);
            }
            picture.setRGB(0, y, width, 1, row, 0, width);
        }
        return picture;
    }

    static InvalidRequestException refused(String problem) {
        return new InvalidRequestException(FirstFrame.FIELD, FirstFrame.FIELD + " " + problem + ".");
    }

    /** Where the first picture of a GIF lies on its screen; the rest of which is transparent. */
    private record GifScreen(int width, int height, int left, int top) {
        private static final int HEADER = 13;
        private static final int EXTENSION = 0x21;
        private static final int IMAGE = 0x2C;

        static GifScreen of(byte[] file) {
            int at = HEADER + ((file[10] & 0x80) == 0 ? 0 : 3 << ((file[10] & 7) + 1));
            while (file[at] == EXTENSION) {
                at += 2;
                while (file[at] != 0) {
                    at += 1 + (file[at] & 0xFF);
                }
                at++;
            }
            return file[at] == IMAGE
                    ? new GifScreen(at(file, 6), at(file, 8), at(file, at + 1), at(file, at + 3))
                    : new GifScreen(0, 0, 0, 0);
        }

        private static int at(byte[] file, int index) {
            return (file[index] & 0xFF) | (file[index + 1] & 0xFF) << 8;
        }

        BufferedImage with(BufferedImage picture) {
            if (width <= picture.getWidth() && height <= picture.getHeight()) {
                return picture;
            }
            requirePixels((long) width * height);
            BufferedImage screen = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            screen.getRaster().setRect(left, top, picture.getRaster());
            return screen;
        }
    }
}
