package io.flowblend.request;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstFrameTest {
    /** A third red, a third green, a third blue, from left to right. */
    private static BufferedImage stripes(int width, int height, int type) {
        BufferedImage image = new BufferedImage(width, height, type);
        Graphics2D graphics = image.createGraphics();
        Color[] colours = {Color.RED, Color.GREEN, Color.BLUE};
        for (int i = 0; i < 3; i++) {
            graphics.setColor(colours[i]);
            graphics.fillRect(i * width / 3, 0, width / 3 + 1, height);
        }
        graphics.dispose();
        return image;
    }

    private static byte[] written(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, bytes));
        return bytes.toByteArray();
    }

    private static float[] frame(byte[] image, int width, int height) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor frame = FirstFrame.tensor(FirstFrame.fitted(image, width, height));
            assertArrayEquals(new long[] {1, 3, 1, height, width}, TensorData.shape(frame));
            return TensorData.toFloats(frame);
        }
    }

    @Test
    void coversTheFrameAndCutsAroundTheCentre() throws IOException {
        for (String format : new String[] {"png", "jpeg"}) {
            byte[] wide = written(stripes(960, 240, BufferedImage.TYPE_INT_RGB), format);
            float[] square = frame(wide, 32, 32);
            int middle = 16 * 32 + 16;
            assertEquals(0, square[middle], 0.02, format);
            assertEquals(1, square[1024 + middle], 0.02, format);
            assertEquals(0, square[2048 + middle], 0.02, format);
            int left = 16 * 32 + 2;
            assertEquals(0, square[left], 0.02, "red is cut away, " + format);
        }
        float[] tall = frame(written(stripes(90, 90, BufferedImage.TYPE_INT_RGB), "png"), 16, 48);
        assertEquals(1, tall[768 + 24 * 16 + 8], 1e-6);
    }

    @Test
    void leavesAnImageOfTheVideosSizeAsItIs() throws IOException {
        BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
        float[] expected = new float[3 * 128];
        for (int i = 0; i < 128; i++) {
            int colour = (i * 2654435) & 0xFFFFFF;
            image.setRGB(i % 16, i / 16, colour);
            for (int channel = 0; channel < 3; channel++) {
                expected[channel * 128 + i] = ((colour >> (16 - 8 * channel)) & 0xFF) / 255f;
            }
        }
        byte[] png = written(image, "png");
        assertArrayEquals(expected, frame(png, 16, 8));
        String fitted = FirstFrame.fitted(png, 16, 8);
        assertEquals(fitted, FirstFrame.fitted(Base64.getDecoder().decode(fitted), 16, 8));
    }

    @Test
    void anImageOfOneRowOrColumnIsCutToo() throws IOException {
        float[] row = frame(written(stripes(900_000, 1, BufferedImage.TYPE_INT_RGB), "png"), 32, 16);
        float[] column = frame(written(stripes(1, 900_000, BufferedImage.TYPE_INT_RGB), "png"), 32, 16);
        for (int i = 0; i < 512; i++) {
            assertEquals(1, row[512 + i], "green in the middle");
            assertEquals(column[0], column[i]);
        }
    }

    @Test
    void whatIsTransparentIsBlack() throws IOException {
        byte[] clear = written(new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB), "png");
        assertArrayEquals(new float[3 * 256], frame(clear, 16, 16));
    }

    @Test
    void everyPixelOfALargeImageCounts() throws IOException {
        BufferedImage checks = new BufferedImage(512, 512, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 512 * 512; i++) {
            checks.setRGB(i % 512, i / 512, (i % 512 + i / 512) % 2 == 0 ? 0xFFFFFF : 0);
        }
        for (float value : frame(written(checks, "png"), 16, 16)) {
            assertEquals(0.5, value, 0.02);
        }
    }

    /**
     * EXIF says of each value on which side of the scene the first row and the first column of what is stored lie. The
     * scene is 48x32, red in its upper left, green in its upper right, blue in its lower left quarter, black elsewhere.
     */
    @ParameterizedTest
    @CsvSource({
        "1, TOP, LEFT", "2, TOP, RIGHT", "3, BOTTOM, RIGHT", "4, BOTTOM, LEFT",
        "5, LEFT, TOP", "6, RIGHT, TOP", "7, RIGHT, BOTTOM", "8, LEFT, BOTTOM"
    })
    void aJpegIsMadeUpright(int value, Side firstRow, Side firstColumn) throws IOException {
        boolean swapped = value >= 5;
        BufferedImage stored = new BufferedImage(swapped ? 32 : 48, swapped ? 48 : 32, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < stored.getHeight(); row++) {
            for (int column = 0; column < stored.getWidth(); column++) {
                int x = swapped ? firstRow.inwards(row, 48) : firstColumn.inwards(column, 48);
                int y = swapped ? firstColumn.inwards(column, 32) : firstRow.inwards(row, 32);
                stored.setRGB(column, row, x < 24 ? (y < 16 ? 0xFF0000 : 0x0000FF) : y < 16 ? 0x00FF00 : 0);
            }
        }
        for (boolean bigEndian : new boolean[] {true, false}) {
            float[] upright = frame(noted(written(stored, "jpeg"), value, bigEndian), 48, 32);
            int[] quarters = {8 * 48 + 8, 8 * 48 + 40, 24 * 48 + 8, 24 * 48 + 40};
            for (int quarter = 0; quarter < 4; quarter++) {
                for (int channel = 0; channel < 3; channel++) {
                    assertEquals(channel == quarter ? 1 : 0, upright[channel * 48 * 32 + quarters[quarter]], 0.05);
                }
            }
        }
    }

    private enum Side {
        TOP,
        BOTTOM,
        LEFT,
        RIGHT;

        /** Where a line lies that is so far from this side. */
        int inwards(int distance, int length) {
            return this == TOP || this == LEFT ? distance : length - 1 - distance;
        }
    }

    /** The JPEG with an EXIF segment of one entry: its orientation. */
    private static byte[] noted(byte[] jpeg, int orientation, boolean bigEndian) {
        ByteBuffer exif = ByteBuffer.allocate(2 + 2 + 6 + 8 + 2 + 12 + 4);
        exif.putShort((short) 0xFFE1).putShort((short) 34).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        exif.put((bigEndian ? "MM" : "II").getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 42)
                .putInt(8);
        exif.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
        exif.putShort((short) orientation).putShort((short) 0).putInt(0);
        return ByteBuffer.allocate(jpeg.length + exif.capacity())
                .put(jpeg, 0, 2)
                .put(exif.array())
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    @Test
    void aTurnedJpegIsCutToTheFrameAsItIsSeen() throws IOException {
        byte[] turned = noted(written(stripes(90, 30, BufferedImage.TYPE_INT_RGB), "jpeg"), 6, true);
        float[] frame = frame(turned, 16, 32);
        assertEquals(1, frame[512 + 16 * 16 + 8], 0.05, "green in the middle");
        float[] whole = frame(turned, 16, 48);
        assertEquals(1, whole[4 * 16 + 8], 0.05, "red above");
        assertEquals(1, whole[2 * 768 + 44 * 16 + 8], 0.05, "blue below");
    }

    @Test
    void aNoteThatCannotBeReadIsNone() throws IOException {
        byte[] jpeg = written(stripes(48, 32, BufferedImage.TYPE_INT_RGB), "jpeg");
        float[] expected = frame(jpeg, 48, 32);
        assertArrayEquals(expected, frame(noted(jpeg, 0, true), 48, 32));
        assertArrayEquals(expected, frame(noted(jpeg, 9, true), 48, 32));
        byte[] cut = noted(jpeg, 6, true);
        cut[12] = 'X';
        assertArrayEquals(expected, frame(cut, 48, 32));
    }

    @Test
    void refusesWhatIsNoImageOrDamagedOrTooLarge() throws IOException {
        byte[] png = written(stripes(90, 60, BufferedImage.TYPE_INT_RGB), "png");
        String neither = "is neither a PNG, a JPEG, a WebP nor a GIF";
        assertRefused(neither + ".", "an image".getBytes(StandardCharsets.UTF_8));
        assertRefused(neither + ".", new byte[0]);
        assertRefused(
                neither + ", but a file of the kind BMP", written(stripes(90, 60, BufferedImage.TYPE_INT_RGB), "bmp"));
        assertRefused(
                neither + ", but a file of the kind HEIC", "\0\0\0\u0018ftypheic".getBytes(StandardCharsets.UTF_8));
        assertRefused("is damaged", Arrays.copyOf(png, png.length / 2));
        assertRefused("has 10000000000 pixels, at most 67108864 are accepted", unfolding(png, 100_000, 100_000));
    }

    /** The file with another size in its header. */
    private static byte[] unfolding(byte[] png, int width, int height) {
        byte[] changed = png.clone();
        ByteBuffer.wrap(changed, 16, 8).putInt(width).putInt(height);
        CRC32 sum = new CRC32();
        sum.update(changed, 12, 17);
        ByteBuffer.wrap(changed, 29, 4).putInt((int) sum.getValue());
        return changed;
    }

    private static void assertRefused(String expected, byte[] image) {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> FirstFrame.fitted(image, 32, 32));
        assertEquals("input_reference", refusal.field());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("input_reference " + expected), message);
    }
}
