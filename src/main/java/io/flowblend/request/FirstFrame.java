package io.flowblend.request;

import io.flowblend.tensor.TensorData;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;

/**
 * The image that a video begins with. Whatever its size, it is made upright as its note about its orientation says, scaled so that it covers the video's frame and cut to it around its centre; from then on it is kept as a PNG of exactly
 * the video's size, in base64, so that a request says all that its video depends on. What is transparent is black.
 */
public final class FirstFrame {
    static final String FIELD = "input_reference";
    private static final int CHANNELS = 3;

    private FirstFrame() {}

    /**
     * A PNG of {@code width} x {@code height} pixels, base64, from any PNG, JPEG, WebP or GIF.
     *
     * @throws InvalidRequestException if {@code image} is not one, is damaged, or has too many pixels
     */
    static String fitted(byte[] image, int width, int height) {
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            BufferedImage fitted = fitted(PictureReader.read(image), Orientation.of(image), width, height);
            BufferedImage inSrgb = PictureFormat.of(image)
                    .flatMap(format -> ColourProfile.of(image, format))
                    .map(profile -> profile.toSrgb(fitted))
                    .orElse(fitted);
            ImageIO.write(inSrgb, "png", png);
            return Base64.getEncoder().encodeToString(png.toByteArray());
        } catch (IOException | RuntimeException e) {
            if (e instanceof InvalidRequestException known) {
                throw known;
            }
            throw PictureReader.refused("is damaged, or of a kind of its format that cannot be read");
        }
    }

    /** Cut first, so that the smaller picture is turned. */
    private static BufferedImage fitted(BufferedImage picture, Orientation stored, int width, int height) {
        return stored.upright(stored.swapsAxes() ? cut(picture, height, width) : cut(picture, width, height));
    }

    /** The frame {@code [1, 3, 1, H, W]} in 0..1 of what {@link #fitted} made. */
    public static Tensor tensor(String fitted) {
        BufferedImage picture;
        try {
            picture = PictureReader.read(Base64.getDecoder().decode(fitted));
        } catch (IOException e) {
            throw new IllegalStateException("the stored first frame cannot be read", e);
        }
        int width = picture.getWidth();
        int height = picture.getHeight();
        int[] colours = picture.getRGB(0, 0, width, height, null, 0, width);
        float[] values = new float[CHANNELS * colours.length];
        for (int i = 0; i < colours.length; i++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                values[channel * colours.length + i] = ((colours[i] >> (16 - 8 * channel)) & 0xFF) / 255f;
            }
        }
        return TensorData.floats(values, 1, CHANNELS, 1, height, width);
    }

    /** The largest part around the centre that has the frame's proportions, scaled to the frame. */
    private static BufferedImage cut(BufferedImage picture, int width, int height) {
        int keptWidth = part((double) picture.getHeight() * width / height, picture.getWidth());
        int keptHeight = part((double) picture.getWidth() * height / width, picture.getHeight());
        BufferedImage scaled = picture.getSubimage(
                (picture.getWidth() - keptWidth) / 2, (picture.getHeight() - keptHeight) / 2, keptWidth, keptHeight);
        while (scaled.getWidth() > 2 * width && scaled.getHeight() > 2 * height) {
            scaled = drawn(scaled, (scaled.getWidth() + 1) / 2, (scaled.getHeight() + 1) / 2);
        }
        return drawn(scaled, width, height);
    }

    private static int part(double wanted, int most) {
        return (int) Math.max(1, Math.min(most, Math.round(wanted)));
    }

    /** Scaled by at least a half, so that bilinear interpolation looks at every pixel. */
    private static BufferedImage drawn(BufferedImage picture, int width, int height) {
        BufferedImage target = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = target.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(picture, 0, 0, width, height, null);
            return target;
        } finally {
            graphics.dispose();
        }
    }
}
