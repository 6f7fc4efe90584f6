package io.flowblend.calibration;

import java.util.Arrays;
import java.util.List;

/**
 * Where a step's velocity comes from. LARGE is exact. Every other source knows only a part of LARGE's velocity at the step
 * and predicts the rest, its <em>unknown part</em> w, from the last step at which w was known, its <em>anchor</em> a:
 *
 * <pre>  w' = gain (w_a + slopeShare * slope_a * (sigma - sigma_a)),   residual = |w - w'| / |v_L|</pre>
 *
 * <p>So one {@link SourceModel} describes them all, and a further source is one more constant here and one more case where
 * the sampler computes velocities.
 */
public enum Source {
    /** The large model. It has no unknown part. */
    LARGE('L', Anchor.NONE, true),
    /** The small model; w is the correction {@code d = v_L - v_S}, known after a probe. Without an anchor w' = 0. */
    SMALL('S', Anchor.PROBE, true),
    /** No model; w is the whole velocity, known after every step that ran a model. */
    REUSED('R', Anchor.MODEL, false),
    /** LARGE's conditional pass alone; w is the guidance difference, known after every full step of LARGE. */
    GUIDANCE_REUSED('G', Anchor.LARGE, true);

    /** Which steps make the unknown part known. */
    public enum Anchor {
        /** There is no unknown part. */
        NONE,
        /** Steps on which LARGE and SMALL both run. */
        PROBE,
        /** Steps on which any model runs. */
        MODEL,
        /** Steps on which LARGE runs with guidance. */
        LARGE
    }

    /** All but LARGE, in the order in which calibrations list them. */
    public static final List<Source> CHEAP =
            Arrays.stream(values()).filter(source -> source != LARGE).toList();

    private final char letter;
    private final Anchor anchor;
    private final boolean runsModel;

    Source(char letter, Anchor anchor, boolean runsModel) {
        this.letter = letter;
        this.anchor = anchor;
        this.runsModel = runsModel;
    }

    /** Its letter in a schedule. */
    public char letter() {
        return letter;
    }

    /** Which steps renew its anchor. */
    public Anchor anchor() {
        return anchor;
    }

    /** Whether a model runs on its steps, so that they renew {@link Anchor#MODEL}. */
    public boolean runsModel() {
        return runsModel;
    }

    /** Whether it can advance a step without an anchor, by taking its unknown part as zero. */
    public boolean worksWithoutAnchor() {
        return anchor == Anchor.NONE || anchor == Anchor.PROBE;
    }

    /** Whether it passes on an earlier step's velocity, and with it that one's error. */
    public boolean passesOn() {
        return anchor == Anchor.MODEL;
    }

    /** Gain where no calibration says better: what is passed on is taken as it was, a correction not at all. */
    public double usualGain() {
        return worksWithoutAnchor() ? 0 : 1;
    }

    /** Share of the slope that is followed where no calibration says better. */
    public double usualSlopeShare() {
        return passesOn() ? 0.5 : 0;
    }

    /** @throws IllegalArgumentException if no source has the letter */
    public static Source ofLetter(char letter) {
        return Arrays.stream(values())
                .filter(source -> source.letter == letter)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no source has the letter '" + letter + "'"));
    }
}
