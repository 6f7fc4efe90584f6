package io.flowblend.quality;

import io.flowblend.video.Frames;

/** A number that says how near a video is to a reference. */
public interface VideoMetric {
    /** Short name as tables and files show it, such as {@code psnr}. */
    String name();

    /** Whether a larger value means nearer. */
    boolean higherIsBetter();

    /**
     * @param reference a video of the same size and number of frames
     * @throws IllegalArgumentException if the two differ in size or number of frames, or are too small to be measured
     */
    double compare(Frames video, Frames reference);

    /** Fails unless both videos have the same frames, rows and columns, and at least one of each. */
    static void requireSameSize(Frames video, Frames reference) {
        if (video.count() != reference.count()
                || video.height() != reference.height()
                || video.width() != reference.width()) {
            throw new IllegalArgumentException(
                    "video has " + size(video) + ", expected those of the reference, " + size(reference));
        }
        if (video.rgb().length == 0) {
            throw new IllegalArgumentException("video has " + size(video) + ", expected at least one pixel");
        }
    }

    private static String size(Frames frames) {
        return frames.count() + " frames of " + frames.width() + "x" + frames.height();
    }
}
