package io.flowblend.evidence;

import io.flowblend.calibration.Range;
import java.util.Locale;
import java.util.Optional;

/**
 * Under what a request ran, as far as it can matter to the velocity divergence.
 *
 * <p>Three things have buckets of their own. The guidance scale: guidance adds up the two passes' differences, and the guided
 * divergence can be more than twice that of the conditional pass alone. Whether the video goes on from a
 * given frame: then layout is given, which otherwise the early steps decide. And, of a large model of two experts, the noise
 * level between them: evidence at a level is evidence about the expert that stands behind it. Step count and solver are covered by keeping
 * evidence over sigma; what size and length do to a request's level is covered by its own factor.
 *
 * @param guidance scale, 1 = none; 0 and up
 * @param steps solver steps, 1 and up
 * @param solver its name
 * @param pixels of a frame, width x height
 * @param frames of the video
 * @param fromImage whether its first frame was given
 * @param lowNoise the large model's second expert, if it has one
 */
public record Conditions(
        double guidance,
        int steps,
        String solver,
        long pixels,
        int frames,
        boolean fromImage,
        Optional<LowNoise> lowNoise) {
    /**
     * The large model's expert below a noise level.
     *
     * @param guidance its guidance scale, 1 = none; 0 and up
     * @param boundary the noise level, 0..1
     */
    public record LowNoise(double guidance, double boundary) {
        public LowNoise {
            Range.check("low_guidance", guidance, 0, 1000);
            Range.check("boundary", boundary, 0, 1);
        }
    }

    private static final String PREFIX = "guidance-";
    private static final String IMAGE = "-image";

    public Conditions {
        Range.check("guidance", guidance, 0, 1000);
        Range.check("steps", steps, 1, 1000);
        Range.check("pixels", pixels, 0, Range.MANY);
        Range.check("frames", frames, 0, 1e6);
    }

    /** Of a pair whose large model is one network. */
    public Conditions(double guidance, int steps, String solver, long pixels, int frames, boolean fromImage) {
        this(guidance, steps, solver, pixels, frames, fromImage, Optional.empty());
    }

    /**
     * The bucket whose evidence applies: half octaves of the guidance scale, such as {@code guidance-4.0}; where the large
     * model is of two experts, which of them stands behind a noise level and the other's scale,
     * {@code guidance-4.0-2.8-below-0.875}; and whether an image was given, {@code guidance-4.0-image}.
     */
    public String bucket() {
        String experts = lowNoise.map(
                        low -> String.format(Locale.ROOT, "-%s-below-%.3f", rounded(low.guidance()), low.boundary()))
                .orElse("");
        return PREFIX + rounded(guidance) + experts + (fromImage ? IMAGE : "");
    }

    static String bucketOf(double guidance, boolean fromImage) {
        return PREFIX + rounded(guidance) + (fromImage ? IMAGE : "");
    }

    private static String rounded(double guidance) {
        double halfOctaves = Math.rint(2 * Math.log(Math.max(1, guidance)) / Math.log(2));
        return String.format(Locale.ROOT, "%.1f", Math.pow(2, halfOctaves / 2));
    }

    /** The guidance scale that a bucket stands for; of two experts, that of the one above. */
    static double guidanceOf(String bucket) {
        String scales = bucket.substring(PREFIX.length());
        int end = scales.indexOf('-');
        return Double.parseDouble(end < 0 ? scales : scales.substring(0, end));
    }

    /** @throws IllegalArgumentException if it is no bucket's name */
    static String checkedBucket(String bucket) {
        if (!bucket.matches(PREFIX + "\\d{1,4}\\.\\d(-\\d{1,4}\\.\\d-below-[01]\\.\\d{3})?(-image)?")) {
            throw new IllegalArgumentException("bucket must be a name such as guidance-4.0, not '" + bucket + "'");
        }
        return bucket;
    }
}
