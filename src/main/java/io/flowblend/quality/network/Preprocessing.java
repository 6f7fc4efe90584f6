package io.flowblend.quality.network;

import io.flowblend.tensor.TensorData;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network wants done to its pictures, as {@code preprocessor_config.json} says: scaled, cut to the middle, each colour
 * less its mean and over its deviation.
 *
 * @param height, width to scale to; where {@code shortest}, height is that of the shorter edge and width is not used
 * @param cropHeight, cropWidth of the middle that is kept; 0 for all
 * @param factor from 0..255, usually to 0..1
 */
record Preprocessing(
        PictureScaling scaling,
        boolean shortest,
        int height,
        int width,
        int cropHeight,
        int cropWidth,
        double factor,
        double[] mean,
        double[] deviation) {
    private static final String FILE = "preprocessor_config.json";
    private static final int BICUBIC = 3;
    private static final int BILINEAR = 2;

    static Preprocessing in(Path folder) {
        NetworkConfig config = NetworkConfig.read(folder.resolve(FILE));
        boolean crops = config.flag("do_center_crop", config.has("crop_size"));
        boolean oneEdge = crops && config.node().path("size").isInt();
        boolean shortest = oneEdge || config.node().path("size").has("shortest_edge");
        int cropHeight = crops ? edge(config, "crop_size", "height") : 0;
        int cropWidth = crops ? edge(config, "crop_size", "width") : 0;
        boolean normal = config.flag("do_normalize", true);
        try {
            return new Preprocessing(
                    PictureScaling.of((int) config.number("resample", crops ? BICUBIC : BILINEAR)),
                    shortest,
                    edge(config, "size", shortest ? "shortest_edge" : "height"),
                    edge(config, "size", shortest ? "shortest_edge" : "width"),
                    cropHeight,
                    cropWidth,
                    config.flag("do_rescale", true) ? config.number("rescale_factor", 1.0 / 255) : 1,
                    normal ? config.colours("image_mean") : new double[3],
                    normal ? config.colours("image_std") : new double[] {1, 1, 1});
        } catch (IllegalArgumentException e) {
            throw config.expected("resample", "2 (bilinear) or 3 (bicubic)");
        }
    }

    /** Older files give one number for both edges. */
    private static int edge(NetworkConfig config, String key, String name) {
        return config.node().path(key).isInt()
                ? config.integer(key)
                : config.object(key).integer(name);
    }

    /** One frame, {@code [1, 3, H, W]}. */
    Tensor apply(Frames frames, int index) {
        int toHeight = height;
        int toWidth = width;
        if (shortest) {
            boolean upright = frames.height() >= frames.width();
            int longer = (int) ((long) height
                    * Math.max(frames.height(), frames.width())
                    / Math.min(frames.height(), frames.width()));
            toHeight = upright ? longer : height;
            toWidth = upright ? height : longer;
        }
        byte[] scaled = scaling.scaled(frames.frame(index), frames.height(), frames.width(), toHeight, toWidth);
        int keptHeight = cropHeight == 0 ? toHeight : cropHeight;
        int keptWidth = cropWidth == 0 ? toWidth : cropWidth;
        int top = (toHeight - keptHeight) / 2;
        int left = (toWidth - keptWidth) / 2;
        if (top < 0 || left < 0) {
            throw new IllegalArgumentException("pictures of " + toWidth + "x" + toHeight
                    + " are smaller than the middle that is to be kept, " + keptWidth + "x" + keptHeight);
        }
        float[] values = new float[3 * keptHeight * keptWidth];
        for (int channel = 0; channel < 3; channel++) {
            for (int row = 0; row < keptHeight; row++) {
                for (int column = 0; column < keptWidth; column++) {
                    int value = Byte.toUnsignedInt(scaled[((row + top) * toWidth + column + left) * 3 + channel]);
                    values[(channel * keptHeight + row) * keptWidth + column] =
                            (float) ((value * factor - mean[channel]) / deviation[channel]);
                }
            }
        }
        return TensorData.floats(values, 1, 3, keptHeight, keptWidth);
    }
}
