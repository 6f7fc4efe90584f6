package io.flowblend.quality;

import io.flowblend.video.Frames;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), at most 1, which only equal videos reach. In each window
 * of 11x11 pixels, weighted by a Gaussian of deviation 1.5,
 * {@code (2 mx my + C1) (2 sxy + C2) / ((mx^2 + my^2 + C1) (sxx + syy + C2))} with the means m and the (not sample)
 * covariances s, {@code C1 = (0.01 * 255)^2}, {@code C2 = (0.03 * 255)^2}; the mean over all windows that lie within the
 * frame, the three channels and the frames.
 */
public final class Ssim implements VideoMetric {
    private static final int RADIUS = 5;
    private static final int WINDOW = 2 * RADIUS + 1;
    private static final double DEVIATION = 1.5;
    private static final double C1 = 0.01 * 255 * 0.01 * 255;
    private static final double C2 = 0.03 * 255 * 0.03 * 255;
    private static final int CHANNELS = 3;
    private static final double[] WEIGHTS = gaussian();

    private static double[] gaussian() {
        double[] weights = new double[WINDOW];
        for (int i = 0; i < WINDOW; i++) {
            double distance = i - RADIUS;
            weights[i] = Math.exp(-0.5 * distance * distance / (DEVIATION * DEVIATION));
        }
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    @Override
    public String name() {
        return "ssim";
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public double compare(Frames video, Frames reference) {
        VideoMetric.requireSameSize(video, reference);
        if (video.height() < WINDOW || video.width() < WINDOW) {
            throw new IllegalArgumentException("frames of " + video.width() + "x" + video.height()
                    + " are smaller than the window of " + WINDOW + "x" + WINDOW);
        }
        int planes = video.count() * CHANNELS;
        double[] similarities = IntStream.range(0, planes)
                .parallel()
                .mapToDouble(plane -> similarity(plane(video, plane), plane(reference, plane), video.width()))
                .toArray();
        double sum = 0;
        for (double similarity : similarities) {
            sum += similarity;
        }
        return sum / planes;
    }

    /** Channel {@code index % 3} of frame {@code index / 3}, row by row. */
    private static double[] plane(Frames frames, int index) {
        int pixels = frames.height() * frames.width();
        double[] plane = new double[pixels];
        int start = index / CHANNELS * pixels * CHANNELS + index % CHANNELS;
        for (int i = 0; i < pixels; i++) {
            plane[i] = Byte.toUnsignedInt(frames.rgb()[start + i * CHANNELS]);
        }
        return plane;
    }

    private static double similarity(double[] x, double[] y, int width) {
        double[] meanX = weighted(x, width);
        double[] meanY = weighted(y, width);
        double[] xx = weighted(product(x, x), width);
        double[] yy = weighted(product(y, y), width);
        double[] xy = weighted(product(x, y), width);
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double mx = meanX[i];
            double my = meanY[i];
            double luminance = (2 * mx * my + C1) / (mx * mx + my * my + C1);
            double structure = (2 * (xy[i] - mx * my) + C2) / (xx[i] - mx * mx + yy[i] - my * my + C2);
            sum += luminance * structure;
        }
        return sum / meanX.length;
    }

    private static double[] product(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    /** The Gaussian mean of every window that lies within the plane: rows first, then columns. */
    private static double[] weighted(double[] plane, int width) {
        int height = plane.length / width;
        int columns = width - WINDOW + 1;
        int rows = height - WINDOW + 1;
        double[] acrossRows = new double[height * columns];
        double[] windows = new double[rows * columns];
        for (int tap = 0; tap < WINDOW; tap++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < columns; column++) {
                    acrossRows[row * columns + column] += WEIGHTS[tap] * plane[row * width + column + tap];
                }
            }
        }
        for (int tap = 0; tap < WINDOW; tap++) {
            for (int i = 0; i < windows.length; i++) {
                windows[i] += WEIGHTS[tap] * acrossRows[i + tap * columns];
            }
        }
        return windows;
    }
}
