package io.flowblend.quality.network;

/**
 * Scaling of 8-bit pictures as Pillow does it, on which the published preprocessing rests: a filter as wide as the source
 * pixels of a target pixel, columns before rows, whole numbers with 22 bits behind the point, rounded after each pass.
 */
enum PictureScaling {
    BILINEAR(1) {
        @Override
        double weight(double distance) {
            return Math.max(0, 1 - Math.abs(distance));
        }
    },
    /** With a = -1/2. */
    BICUBIC(2) {
        @Override
        double weight(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return (1.5 * x - 2.5) * x * x + 1;
            }
            return x < 2 ? ((x - 5) * x + 8) * x * -0.5 + 2 : 0;
        }
    };

    private static final int BITS = 22;
    private static final int CHANNELS = 3;

    private final double support;

    PictureScaling(double support) {
        this.support = support;
    }

    abstract double weight(double distance);

    /** By the number that Pillow and configs give a filter. */
    static PictureScaling of(int resample) {
        return switch (resample) {
            case 2 -> BILINEAR;
            case 3 -> BICUBIC;
            default -> throw new IllegalArgumentException(
                    "resample has to be 2 (bilinear) or 3 (bicubic), not " + resample);
        };
    }

    /** Weights of the source pixels from {@code first} on. */
    private record Window(int first, int[] weights) {}

    /**
     * @param rgb interleaved, row by row
     * @return the same of the new size
     */
    byte[] scaled(byte[] rgb, int height, int width, int newHeight, int newWidth) {
        byte[] across = new byte[height * newWidth * CHANNELS];
        Window[] columns = windows(width, newWidth);
        for (int row = 0; row < height; row++) {
            for (int x = 0; x < newWidth; x++) {
                sum(rgb, row * width, 1, columns[x], across, row * newWidth + x);
            }
        }
        byte[] all = new byte[newHeight * newWidth * CHANNELS];
        Window[] rows = windows(height, newHeight);
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                sum(across, x, newWidth, rows[y], all, y * newWidth + x);
            }
        }
        return all;
    }

    /** Writes one pixel: the weighted sum of pixels {@code origin + stride * i}. */
    private static void sum(byte[] from, int origin, int stride, Window window, byte[] to, int target) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            int sum = 1 << (BITS - 1);
            for (int i = 0; i < window.weights().length; i++) {
                int at = origin + stride * (window.first() + i);
                sum += window.weights()[i] * Byte.toUnsignedInt(from[at * CHANNELS + channel]);
            }
            to[target * CHANNELS + channel] = (byte) Math.max(0, Math.min(255, sum >> BITS));
        }
    }

    private Window[] windows(int from, int to) {
        double scale = (double) from / to;
        double wide = Math.max(1, scale);
        Window[] windows = new Window[to];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int first = Math.max(0, (int) (centre - support * wide + 0.5));
            int end = Math.min(from, (int) (centre + support * wide + 0.5));
            double[] weights = new double[end - first];
            double sum = 0;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = weight((first + k - centre + 0.5) / wide);
                sum += weights[k];
            }
            int[] whole = new int[weights.length];
            for (int k = 0; k < whole.length; k++) {
                double value = weights[k] / sum * (1 << BITS);
                whole[k] = (int) (value + (value < 0 ? -0.5 : 0.5));
            }
            windows[i] = new Window(first, whole);
        }
        return windows;
    }
}
