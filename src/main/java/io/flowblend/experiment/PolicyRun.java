package io.flowblend.experiment;

import org.jspecify.annotations.Nullable;

/**
 * One prompt made by one policy, against LARGE alone.
 *
 * @param policy the rule, {@code pattern} for one of the eighth patterns
 * @param setting what it was told, such as {@code q 0.6}; empty where there is nothing to tell
 * @param schedule one letter a step
 * @param compute floating point operations of all forwards, probes included, over those of LARGE alone
 * @param tflops the same in units of 1e12
 * @param seconds of sampling; for static schedules by this prompt's own median step times
 * @param deviation relative L2 of the latents
 * @param promised deviation that was promised, where one was
 * @param psnr of the frames, dB, at most {@value Judge#MOST_DECIBELS}; null where no frames were made
 * @param ssim of the frames
 * @param adheres whether every digit has the prompt's colour, direction and speed
 */
public record PolicyRun(
        String policy,
        String setting,
        String schedule,
        double compute,
        double tflops,
        double seconds,
        double deviation,
        @Nullable Double promised,
        @Nullable Double psnr,
        @Nullable Double ssim,
        @Nullable Boolean adheres) {}
