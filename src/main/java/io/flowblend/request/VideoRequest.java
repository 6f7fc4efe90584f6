package io.flowblend.request;

import io.flowblend.control.Decision;
import io.flowblend.video.FrameRate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A checked request, every default filled in: all that is needed to make the same video again.
 *
 * @param pair id of the pair
 * @param frames number of frames
 * @param fps frames a second
 * @param guidance guidance scale, 1 = none
 * @param seed 64 bits, without a sign
 * @param flowShift flow shift of the sigma schedule
 * @param quality the knob, 0..1
 * @param speedup the other knob, at least 1, where it was used; {@code quality} is then what it led to
 * @param policy {@code adaptive}, {@code static}, {@code large} or {@code small}
 * @param schedule for {@code static}: {@code LSL}, ..., eighths, or one letter a step; otherwise empty
 * @param profile name of the tuning profile
 * @param replay decisions to make again, one a step; empty unless a finished video is replayed
 * @param firstFrame the image that the video begins with: a PNG of its size, base64; empty if there is none
 * @param adjusted fields of the request that were taken for the nearest possible value
 * @param warnings what is possible but hardly what was meant, a sentence each that begins with the field's name
 * @param lowNoise the large model's second expert; empty where it has none
 */
public record VideoRequest(
        String pair,
        String prompt,
        String negativePrompt,
        int width,
        int height,
        int frames,
        FrameRate fps,
        int steps,
        double guidance,
        double flowShift,
        long seed,
        double quality,
        OptionalDouble speedup,
        String policy,
        String schedule,
        String profile,
        String firstFrame,
        List<Decision> replay,
        List<String> adjusted,
        List<String> warnings,
        Optional<LowNoise> lowNoise) {
    /**
     * The large model's expert below a noise level.
     *
     * @param guidance its guidance scale, 1 = none
     * @param boundary the noise level, 0..1
     */
    public record LowNoise(double guidance, double boundary) {}

    public VideoRequest {
        warnings = List.copyOf(Objects.requireNonNullElse(warnings, List.of())); // stored before there was one
        lowNoise = Objects.requireNonNullElse(lowNoise, Optional.empty()); // stored before there was one
        adjusted = List.copyOf(Objects.requireNonNullElse(adjusted, List.of())); // stored before there was one
        firstFrame = Objects.requireNonNullElse(firstFrame, ""); // stored before there was one
        replay = replay == null ? List.of() : List.copyOf(replay); // stored before there was one
    }

    /** The same with the decisions of a run that was made, one a step. */
    public VideoRequest replaying(List<Decision> decisions) {
        return with(quality, speedup, profile, decisions, lowNoise);
    }

    /** With every field as it was asked for, and one expert. */
    public VideoRequest(
            String pair,
            String prompt,
            String negativePrompt,
            int width,
            int height,
            int frames,
            int fps,
            int steps,
            double guidance,
            double flowShift,
            long seed,
            double quality,
            OptionalDouble speedup,
            String policy,
            String schedule,
            String profile,
            String firstFrame) {
        this(
                pair,
                prompt,
                negativePrompt,
                width,
                height,
                frames,
                FrameRate.of(fps),
                steps,
                guidance,
                flowShift,
                seed,
                quality,
                speedup,
                policy,
                schedule,
                profile,
                firstFrame,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    /** The same at another quality, and no speedup unless it had one. */
    public VideoRequest withQuality(double other) {
        return with(other, speedup, profile, replay, lowNoise);
    }

    /** The same with, or without, a second expert. */
    public VideoRequest withLowNoise(Optional<LowNoise> expert) {
        return with(quality, speedup, profile, replay, expert);
    }

    /** The same by another tuning profile. */
    public VideoRequest withProfile(String name) {
        return with(quality, speedup, name, replay, lowNoise);
    }

    /** The same at a speedup instead of its quality. */
    public VideoRequest withSpeedup(double other) {
        return with(quality, OptionalDouble.of(other), profile, replay, lowNoise);
    }

    private VideoRequest with(
            double newQuality,
            OptionalDouble newSpeedup,
            String newProfile,
            List<Decision> newReplay,
            Optional<LowNoise> expert) {
        return new VideoRequest(
                pair,
                prompt,
                negativePrompt,
                width,
                height,
                frames,
                fps,
                steps,
                guidance,
                flowShift,
                seed,
                newQuality,
                newSpeedup,
                policy,
                schedule,
                newProfile,
                firstFrame,
                newReplay,
                adjusted,
                warnings,
                expert);
    }
}
