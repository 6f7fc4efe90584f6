package io.flowblend.evidence;

import io.flowblend.calibration.Range;
import java.util.Locale;

/**
 * Under what a request ran, as far as it can matter to the velocity divergence.
 *
 * <p>Two things have buckets of their own. The guidance scale: guidance adds up the two passes' differences, and the guided
 * divergence can be more than twice that of the conditional pass alone. And whether the video goes on from a given frame: then layout is given, which otherwise the early steps decide. Step count and solver are covered by keeping
 * evidence over sigma; what size and length do to a request's level is covered by its own factor.
 *
 * @param guidance scale, 1 = none; 0 and up
 * @param steps solver steps, 1 and up
 * @param solver its name
 * @param pixels of a frame, width x height
 * @param frames of the video
 * @param fromImage whether its first frame was given
 */
public record Conditions(double guidance, int steps, String solver, long pixels, int frames, boolean fromImage) {
    private static final String PREFIX = "guidance-";

    public Conditions {
        Range.check("guidance", guidance, 0, 1000);
        Range.check("steps", steps, 1, 1000);
        Range.check("pixels", pixels, 0, Range.MANY);
        Range.check("frames", frames, 0, 1e6);
    }

    /**
     * The bucket whose evidence applies: half octaves of the guidance scale, such as {@code guidance-4.0}, and whether an
     * image was given, {@code guidance-4.0-image}.
     */
    public String bucket() {
        return bucketOf(guidance, fromImage);
    }

    static String bucketOf(double guidance, boolean fromImage) {
        double halfOctaves = Math.rint(2 * Math.log(Math.max(1, guidance)) / Math.log(2));
        return String.format(Locale.ROOT, PREFIX + "%.1f", Math.pow(2, halfOctaves / 2)) + (fromImage ? "-image" : "");
    }

    /** The guidance scale that a bucket stands for. */
    static double guidanceOf(String bucket) {
        return Double.parseDouble(bucket.replace("-image", "").substring(PREFIX.length()));
    }

    /** @throws IllegalArgumentException if it is no bucket's name */
    static String checkedBucket(String bucket) {
        if (!bucket.matches(PREFIX + "\\d{1,4}\\.\\d(-image)?")) {
            throw new IllegalArgumentException("bucket must be a name such as guidance-4.0, not '" + bucket + "'");
        }
        return bucket;
    }
}
