package io.flowblend.experiment.paper;

/** What is measured of a video. A measure whose network is not there is left out of the results. */
public enum Measure {
    DEVIATION("deviation", 4),
    PSNR("PSNR, dB", 1),
    SSIM("SSIM", 4),
    /** Mean cosine of the judge's features with those of LARGE's frames. */
    SIMILARITY("feature similarity", 4),
    /** Share of videos that show what the prompt says. */
    ADHERENCE("adherence", 2),
    FLICKERING("temporal flickering", 4);

    private final String words;
    private final int decimals;

    Measure(String words, int decimals) {
        this.words = words;
        this.decimals = decimals;
    }

    /** For people, with the unit. */
    public String words() {
        return words;
    }

    /** Digits that a table shows behind the point. */
    public int decimals() {
        return decimals;
    }
}
