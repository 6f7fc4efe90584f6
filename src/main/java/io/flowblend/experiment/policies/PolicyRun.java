package io.flowblend.experiment.policies;

import org.jspecify.annotations.Nullable;

/**
 * One prompt made by one policy, against LARGE alone.
 *
 * @param policy the rule
 * @param setting what it was told, such as {@code q 0.5}; empty where there is nothing to tell
 * @param letters its schedule, one a step
 * @param compute floating point operations of all forwards, probes included, over those of LARGE alone
 * @param deviation relative L2 of the latents
 * @param promised deviation that was promised, where one was
 * @param fallback why the adaptive policy did not decide by what it learned; empty if it did
 * @param psnr of the frames, dB
 * @param ssim of the frames
 * @param adheres whether every digit is the prompt's, in its colour, direction and speed
 */
record PolicyRun(
        String policy,
        String setting,
        String letters,
        double compute,
        double deviation,
        @Nullable Double promised,
        String fallback,
        double psnr,
        double ssim,
        boolean adheres) {
    /** Share of its steps that are of a letter. */
    double share(char letter) {
        return (double) letters.chars().filter(each -> each == letter).count() / letters.length();
    }
}
