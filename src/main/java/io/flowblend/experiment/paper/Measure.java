package io.flowblend.experiment.paper;

/** What is measured of a video. A measure whose network is not there is left out of the results. */
public enum Measure {
    DEVIATION("deviation", 4),
    PSNR("PSNR, dB", 1),
    SSIM("SSIM", 4),
    /** Mean cosine of the features that Frechet distances are taken of with those of LARGE's frames. */
    SIMILARITY("feature similarity", 4),
    /** Share of videos that show what the prompt says. */
    ADHERENCE("adherence", 2),
    LPIPS("LPIPS", 4),
    DINO("DINO similarity", 4),
    CLIP("CLIP similarity", 4),
    /** VBench's, as those below. */
    SUBJECT("subject consistency", 4),
    BACKGROUND("background consistency", 4),
    FLICKERING("temporal flickering", 4),
    SMOOTHNESS("motion smoothness", 4),
    DYNAMIC("dynamic degree", 2);

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
