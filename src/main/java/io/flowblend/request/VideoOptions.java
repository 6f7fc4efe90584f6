package io.flowblend.request;

import io.flowblend.video.FrameRate;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a client asked for, before the pair's and the profile's defaults fill what is empty.
 *
 * @param quality a number 0..1 or one of {@code draft}, {@code balanced}, {@code high}, {@code exact}
 * @param speedup at least 1: the best quality within large-only time / speedup
 * @param policy {@code adaptive}, {@code static}, {@code large} or {@code small}
 * @param schedule a static schedule: {@code LSL}, eighths, or one letter a step
 * @param inputReference the image that the video begins with
 * @param lowGuidance guidance scale of the large model's expert below a noise level
 * @param boundary the noise level at which that expert takes over, 0..1
 */
public record VideoOptions(
        String prompt,
        Optional<String> negativePrompt,
        OptionalInt width,
        OptionalInt height,
        OptionalInt frames,
        OptionalDouble seconds,
        Optional<FrameRate> fps,
        OptionalInt steps,
        OptionalDouble guidance,
        OptionalDouble flowShift,
        OptionalLong seed,
        Optional<String> quality,
        OptionalDouble speedup,
        Optional<String> policy,
        Optional<String> schedule,
        Optional<String> profile,
        Optional<byte[]> inputReference,
        OptionalDouble lowGuidance,
        OptionalDouble boundary) {

    /** Without a word about experts. */
    public VideoOptions(
            String prompt,
            Optional<String> negativePrompt,
            OptionalInt width,
            OptionalInt height,
            OptionalInt frames,
            OptionalDouble seconds,
            Optional<FrameRate> fps,
            OptionalInt steps,
            OptionalDouble guidance,
            OptionalDouble flowShift,
            OptionalLong seed,
            Optional<String> quality,
            OptionalDouble speedup,
            Optional<String> policy,
            Optional<String> schedule,
            Optional<String> profile,
            Optional<byte[]> inputReference) {
        this(
                prompt,
                negativePrompt,
                width,
                height,
                frames,
                seconds,
                fps,
                steps,
                guidance,
                flowShift,
                seed,
                quality,
                speedup,
                policy,
                schedule,
                profile,
                inputReference,
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    /** Everything by default. */
    public static VideoOptions of(String prompt) {
        return new VideoOptions(
                prompt,
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public VideoOptions withSteps(int count) {
        return with(OptionalInt.of(count), guidance, seed, quality, schedule, profile, inputReference);
    }

    public VideoOptions withSeed(long value) {
        return with(steps, guidance, OptionalLong.of(value), quality, schedule, profile, inputReference);
    }

    public VideoOptions withQuality(double value) {
        return with(steps, guidance, seed, Optional.of(String.valueOf(value)), schedule, profile, inputReference);
    }

    public VideoOptions withSchedule(String letters) {
        return with(steps, guidance, seed, quality, Optional.of(letters), profile, inputReference);
    }

    public VideoOptions withGuidance(double scale) {
        return with(steps, OptionalDouble.of(scale), seed, quality, schedule, profile, inputReference);
    }

    public VideoOptions withProfile(String name) {
        return with(steps, guidance, seed, quality, schedule, Optional.of(name), inputReference);
    }

    public VideoOptions withInputReference(byte[] image) {
        return with(steps, guidance, seed, quality, schedule, profile, Optional.of(image));
    }

    private VideoOptions with(
            OptionalInt newSteps,
            OptionalDouble newGuidance,
            OptionalLong newSeed,
            Optional<String> newQuality,
            Optional<String> newSchedule,
            Optional<String> newProfile,
            Optional<byte[]> newInputReference) {
        return new VideoOptions(
                prompt,
                negativePrompt,
                width,
                height,
                frames,
                seconds,
                fps,
                newSteps,
                newGuidance,
                flowShift,
                newSeed,
                newQuality,
                speedup,
                policy,
                newSchedule,
                newProfile,
                newInputReference,
                lowGuidance,
                boundary);
    }
}
