package io.flowblend.quality;

import io.flowblend.video.Frames;

/**
 * Peak signal-to-noise ratio, decibels: {@code 10 log10(255^2 / MSE)}, the mean squared error taken over all values of
 * all frames. Infinite for equal videos.
 */
public final class Psnr implements VideoMetric {
    private static final double PEAK = 255;

    @Override
    public String name() {
        return "psnr";
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public double compare(Frames video, Frames reference) {
        VideoMetric.requireSameSize(video, reference);
        byte[] a = video.rgb();
        byte[] b = reference.rgb();
        long squares = 0;
        for (int i = 0; i < a.length; i++) {
            int difference = Byte.toUnsignedInt(a[i]) - Byte.toUnsignedInt(b[i]);
            squares += (long) difference * difference;
        }
        return 10 * Math.log10(PEAK * PEAK * a.length / squares);
    }
}
