package io.flowblend.video;

/** Clips made by formula, and how far two clips differ. */
final class Clips {
    private static final double PEAK = 255;

    private Clips() {}

    /** A value 0..255 for a frame, row, column and channel (0 red, 1 green, 2 blue). */
    interface Painter {
        double at(int frame, int y, int x, int channel);
    }

    static Frames paint(int count, int height, int width, Painter painter) {
        byte[] rgb = new byte[count * height * width * 3];
        int i = 0;
        for (int t = 0; t < count; t++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int c = 0; c < 3; c++) {
                        rgb[i++] = (byte) Math.round(Math.max(0, Math.min(PEAK, painter.at(t, y, x, c))));
                    }
                }
            }
        }
        return new Frames(count, height, width, rgb);
    }

    /** Slow waves of all colours. */
    static Frames smooth(int count, int height, int width) {
        return paint(count, height, width, (t, y, x, c) -> 128 + 100 * Math.sin((x + 2 * y + 3 * t) / 20.0 + c));
    }

    /** Two strokes of one colour, 3 pixels wide with soft edges, that move right on black: like the built-in pair's digits. */
    static Frames strokes(int count, int height, int width, int... colour) {
        return paint(count, height, width, (t, y, x, c) -> {
            double ring = Math.abs(Math.hypot(x - 16 - t, y - 32.0) - 8);
            double bar = Math.max(Math.abs(x - 30.0 - t), Math.abs(y - 32.0) - 10);
            return colour[c] * Math.max(0, Math.min(1, 2.5 - Math.min(ring, bar)));
        });
    }

    static Frames solid(int count, int red, int green, int blue) {
        int[] colour = {red, green, blue};
        return paint(count, 64, 64, (t, y, x, c) -> colour[c]);
    }

    /** Peak signal-to-noise ratio in dB; infinite for equal clips. */
    static double psnr(Frames a, Frames b) {
        double squares = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            double difference = (a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff);
            squares += difference * difference;
        }
        return 10 * Math.log10(PEAK * PEAK * a.rgb().length / squares);
    }
}
