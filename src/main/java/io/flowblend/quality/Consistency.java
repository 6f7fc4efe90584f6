package io.flowblend.quality;

import io.flowblend.video.Frames;
import java.util.List;

/**
 * VBench's measures of how steady a video is (Huang et al. 2023, arXiv 2311.17982), of one video by itself. Subject and
 * background consistency differ only in the features that they are given: DINO's and CLIP's in VBench.
 */
public final class Consistency {
    private static final double LARGEST = 255;

    private Consistency() {}

    /**
     * Temporal flickering: {@code (255 - mean absolute difference of neighbouring frames) / 255}, 0..1; 1 is a still image.
     *
     * @param frames two or more
     */
    public static double flickering(Frames frames) {
        if (frames.count() < 2) {
            throw new IllegalArgumentException("flickering needs 2 frames or more, not " + frames.count());
        }
        byte[] rgb = frames.rgb();
        int size = rgb.length / frames.count();
        long sum = 0;
        for (int i = size; i < rgb.length; i++) {
            sum += Math.abs(Byte.toUnsignedInt(rgb[i]) - Byte.toUnsignedInt(rgb[i - size]));
        }
        return (LARGEST - (double) sum / (rgb.length - size)) / LARGEST;
    }

    /**
     * Mean over the frames from the second on of the mean of two cosines, to the frame before and to the first one; negative
     * ones count as 0.
     *
     * @param features of each frame, two frames or more
     */
    public static double ofFeatures(List<double[]> features) {
        if (features.size() < 2) {
            throw new IllegalArgumentException("consistency needs 2 frames or more, not " + features.size());
        }
        double sum = 0;
        for (int i = 1; i < features.size(); i++) {
            sum += Math.max(0, cosine(features.get(i - 1), features.get(i))) / 2
                    + Math.max(0, cosine(features.get(0), features.get(i))) / 2;
        }
        return sum / (features.size() - 1);
    }

    /** Mean cosine of the frames of two videos with each other, frame by frame, as the paper compares with LARGE alone. */
    public static double similarity(List<double[]> features, List<double[]> reference) {
        if (features.isEmpty() || features.size() != reference.size()) {
            throw new IllegalArgumentException(
                    "videos have " + features.size() + " and " + reference.size() + " frames with features");
        }
        double sum = 0;
        for (int i = 0; i < features.size(); i++) {
            sum += cosine(features.get(i), reference.get(i));
        }
        return sum / features.size();
    }

    /** 1 for two zero vectors, 0 for one. */
    private static double cosine(double[] a, double[] b) {
        double product = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        if (aa == 0 || bb == 0) {
            return aa == bb ? 1 : 0;
        }
        return product / Math.sqrt(aa * bb);
    }
}
