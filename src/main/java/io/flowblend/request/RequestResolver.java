package io.flowblend.request;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Schedule;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.sampling.SigmaSchedule;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import io.flowblend.video.FrameRate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Fills in a pair's and a profile's defaults and refuses, field by field, what cannot be done. Only a length is rounded. */
public final class RequestResolver {
    public static final int LONGEST_PROMPT = 10_000;
    public static final int MOST_STEPS = 1000;
    public static final double MOST_GUIDANCE = 100;
    public static final double MOST_SHIFT = 100;
    public static final int MOST_FPS = 120;

    /** So many unknown words are named. */
    private static final int MOST_UNKNOWN = 10;

    private static final Set<String> POLICIES = Set.of("adaptive", "static", "large", "small");

    /** The knob's words. */
    private static final Map<String, Double> QUALITY_WORDS =
            Map.of("draft", 0.2, "balanced", 0.5, "high", 0.8, "exact", 1.0, "lossless", 1.0);

    private final ModelPair pair;
    private final PairSpec spec;
    private final Profiles profiles;
    private final SpeedupKnob speedupKnob;

    /** What speedups lead to on this worker. */
    public interface SpeedupKnob {
        /**
         * The best quality, 0..1, within the speedup that a request names; empty if the pair does not get that fast.
         *
         * @param request all but its quality
         */
        OptionalDouble quality(VideoRequest request);

        /** The largest speedup that a request can have. */
        double largest(VideoRequest request);
    }

    public RequestResolver(ModelPair pair, Profiles profiles, SpeedupKnob speedupKnob) {
        this.pair = pair;
        this.spec = pair.spec();
        this.profiles = profiles;
        this.speedupKnob = speedupKnob;
    }

    public VideoRequest resolve(VideoOptions options) {
        String prompt = prompt("prompt", options.prompt(), 1);
        String negative = prompt(
                "negative_prompt",
                options.negativePrompt().orElse(spec.sampling().negativePrompt()),
                0);
        int width = options.width().orElse(spec.video().width());
        int height = options.height().orElse(spec.video().height());
        FrameRate fps = options.fps().orElse(FrameRate.of(spec.video().fps()));
        require(fps.value() >= 1 && fps.value() <= MOST_FPS, "fps", "has to be 1.." + MOST_FPS + ", not " + fps);
        int frames = frames(options, fps);
        double usualShift = spec.sampling().shift(latents(frames, height, width));
        int steps = steps(options);
        double shift = options.flowShift().orElse(usualShift);
        require(
                shift > 0 && (shift <= MOST_SHIFT || shift == usualShift),
                "flow_shift",
                "has to be above 0 and at most 100, not " + shift);
        require(
                spec.sampling().isShifted() || shift == usualShift,
                "flow_shift",
                "is not taken by the pair '" + spec.id() + "': no shift moves its noise levels");
        requireLevels(steps, shift, usualShift);
        double guidance = guidance(
                "guidance_scale", options.guidance().orElse(spec.sampling().guidance()));
        long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));

        TuningProfile profile = profile(options.profile());
        String policy = policy(options);
        VideoRequest request = new VideoRequest(
                spec.id(),
                prompt,
                negative,
                width,
                height,
                frames,
                fps,
                steps,
                guidance,
                shift,
                seed,
                quality(options, profile),
                options.speedup(),
                policy,
                schedule(options, policy, steps, guidance),
                profile.name(),
                options.inputReference()
                        .map(image -> firstFrame(image, width, height))
                        .orElse(""),
                List.of(),
                adjusted(options, frames, fps),
                warnings(prompt, negative),
                lowNoise(options, guidance));
        return options.speedup().isPresent()
                ? request.withQuality(qualityForSpeedup(options.speedup().getAsDouble(), request))
                : request;
    }

    /** What a request says of the second expert; a pair without one has nothing to say it of. */
    private Optional<VideoRequest.LowNoise> lowNoise(VideoOptions options, double guidance) {
        return spec.lowNoise().map(low -> {
            double scale = guidance(
                    "guidance_scale_2",
                    options.lowGuidance()
                            .orElse(
                                    options.guidance().isPresent()
                                            ? guidance
                                            : low.guidance().orElse(guidance)));
            double boundary = options.boundary().orElse(low.boundary().sigma());
            require(boundary >= 0 && boundary <= 1, "boundary_ratio", "has to be 0..1, not " + boundary);
            // As in diffusers 0.42.1: without guidance above the boundary there is none below it.
            return new VideoRequest.LowNoise(guidance == 1 ? 1 : scale, boundary);
        });
    }

    /** The scale; 1 where it is switched off, by 0 or by 1. */
    private static double guidance(String field, double guidance) {
        require(
                guidance == 0 || (guidance >= 1 && guidance <= MOST_GUIDANCE),
                field,
                "has to be 0 or 1 (no guidance), or more, to 100, not " + guidance);
        return guidance == 0 ? 1 : guidance;
    }

    private String prompt(String field, String text, int fewest) {
        if (text.strip().length() < fewest) {
            throw new InvalidRequestException(field, field + " is empty; describe the video in words.");
        }
        require(
                text.length() <= LONGEST_PROMPT,
                field,
                "has " + text.length() + " characters, at most " + LONGEST_PROMPT + " are accepted");
        int tokens = tokens(field, text);
        require(
                tokens <= spec.textPositions(),
                field,
                "has " + tokens + " tokens, the pair '" + spec.id() + "' reads at most " + spec.textPositions());
        return text;
    }

    private int tokens(String field, String text) {
        try {
            return pair.textEncoder().tokens(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(field, field + " " + e.getMessage() + ".");
        }
    }

    private int steps(VideoOptions options) {
        int steps = options.steps().orElse(spec.sampling().steps());
        OptionalInt only = spec.sampling().fixedSteps();
        require(
                only.isEmpty() || steps == only.getAsInt(),
                "num_inference_steps",
                "has to be " + only.orElse(0) + ", the number of timesteps that the pair '" + spec.id()
                        + "' is made for, not " + steps);
        return within("num_inference_steps", steps, 1, MOST_STEPS);
    }

    /** The possible number of frames that is nearest to what was asked for; of two, the larger. */
    private int frames(VideoOptions options, FrameRate fps) {
        if (options.frames().isPresent() && options.seconds().isPresent()) {
            throw new InvalidRequestException(
                    "seconds", "seconds and num_frames exclude each other; give one of them.");
        }
        if (options.seconds().isPresent()) {
            double seconds = options.seconds().getAsDouble();
            require(seconds > 0 && Double.isFinite(seconds), "seconds", "has to be above 0, not " + seconds);
            return nearestFrames(seconds * fps.value() + 1);
        }
        int frames = options.frames().orElse(spec.video().frames());
        require(frames >= 1, "num_frames", "has to be 1 or more, not " + frames);
        return nearestFrames(frames);
    }

    private int nearestFrames(double wanted) {
        int most = spec.video().maxFrames();
        int middle = (int) Math.min(most, Math.round(wanted));
        for (int distance = 0; distance <= most; distance++) {
            boolean above = isLength(middle + distance);
            boolean below = isLength(middle - distance);
            if (above || below) {
                double over = middle + distance - wanted;
                double under = wanted - (middle - distance);
                return above && (!below || over <= under) ? middle + distance : middle - distance;
            }
        }
        throw new InvalidRequestException("num_frames", "num_frames: the pair '" + spec.id() + "' can make no length.");
    }

    private boolean isLength(int frames) {
        if (frames < 1 || frames > spec.video().maxFrames()) {
            return false;
        }
        try {
            pair.decoder()
                    .latentShape(frames, spec.video().height(), spec.video().width());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Names the field if length was asked for that the pair cannot make. */
    private static List<String> adjusted(VideoOptions options, int frames, FrameRate fps) {
        if (options.seconds().isPresent() && options.seconds().getAsDouble() * fps.value() + 1 != frames) {
            return List.of("seconds");
        }
        return options.frames().isPresent() && options.frames().getAsInt() != frames
                ? List.of("num_frames")
                : List.of();
    }

    /** One for each text with words that the pair does not know. */
    private List<String> warnings(String prompt, String negative) {
        return Stream.of(unknownWords("prompt", prompt), unknownWords("negative_prompt", negative))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<String> unknownWords(String field, String text) {
        List<String> unknown = spec.prompts().unknownIn(text);
        return unknown.isEmpty()
                ? Optional.empty()
                : Optional.of(field + " has words that the pair '" + spec.id() + "' does not know: "
                        + unknown.stream()
                                .limit(MOST_UNKNOWN)
                                .map(word -> "'" + word + "'")
                                .collect(Collectors.joining(", "))
                        + (unknown.size() > MOST_UNKNOWN ? ", ..." : "") + ". /v1/models lists those that it knows.");
    }

    /** What fails while the video is made has to be refused before: the levels of all steps are made once, here. */
    private void requireLevels(int steps, double shift, double usualShift) {
        try {
            SigmaSchedule.of(spec.sampling(), steps, shift);
        } catch (IllegalArgumentException e) {
            boolean usual = shift == usualShift;
            String field = usual ? "num_inference_steps" : "flow_shift";
            String value = usual ? Integer.toString(steps) : Double.toString(shift);
            throw new InvalidRequestException(
                    field,
                    field + " of " + value + " gives no noise levels that fall from step to step: " + e.getMessage()
                            + ".");
        }
    }

    private String firstFrame(byte[] image, int width, int height) {
        require(
                pair.firstFrameEncoder().isPresent(),
                "input_reference",
                "is not taken by the pair '" + spec.id() + "': it makes videos from text alone");
        return FirstFrame.fitted(image, width, height);
    }

    /** The latents of a video of that size, if it can be made. */
    private LatentShape latents(int frames, int height, int width) {
        within("num_frames", frames, 1, spec.video().maxFrames());
        require(width >= 1, "width", "has to be positive, not " + width);
        require(height >= 1, "height", "has to be positive, not " + height);
        require(
                (long) width * height <= spec.video().maxPixels(),
                "size",
                "of " + width + "x" + height + " has more than the "
                        + spec.video().maxPixels() + " pixels that the pair '" + spec.id() + "' accepts");
        try {
            return pair.decoder().latentShape(frames, height, width);
        } catch (IllegalArgumentException e) {
            String problem = String.valueOf(e.getMessage());
            throw new InvalidRequestException(problem.substring(0, problem.indexOf(' ')), problem + ".");
        }
    }

    private TuningProfile profile(Optional<String> asked) {
        Profiles.InForce inForce = profiles.inForce();
        if (asked.isEmpty()) {
            return inForce.active();
        }
        TuningProfile found = inForce.find(asked.get())
                .orElseThrow(() -> new InvalidRequestException(
                        "profile",
                        "profile '" + asked.get() + "' is not there; there are " + String.join(", ", inForce.allowed())
                                + "."));
        require(
                inForce.active().allows(found.name()),
                "profile",
                "'" + found.name() + "' is not allowed by the active profile '"
                        + inForce.active().name() + "'; allowed are " + String.join(", ", inForce.allowed()));
        return found;
    }

    private static String policy(VideoOptions options) {
        String policy = options.policy().orElse(options.schedule().isPresent() ? "static" : "adaptive");
        require(
                POLICIES.contains(policy),
                "policy",
                "has to be adaptive, static, large or small, not '" + policy + "'");
        require(
                options.schedule().isEmpty() || policy.equals("static"),
                "schedule",
                "goes with policy static, not with '" + policy + "'");
        return policy;
    }

    private String schedule(VideoOptions options, String policy, int steps, double guidance) {
        if (!policy.equals("static")) {
            return "";
        }
        String schedule = options.schedule().orElse("LSL").toUpperCase(Locale.ROOT);
        try {
            Schedule.parse(
                    schedule,
                    steps,
                    new StoredProfile(
                            spec.storedProfile().early(), spec.storedProfile().late()));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("schedule", e.getMessage() + ".");
        }
        require(
                guidance > 1 || !schedule.contains("G"),
                "schedule",
                "may hold G only with a guidance_scale above 1: there is no guidance difference to reuse");
        return schedule;
    }

    /** The quality that is named, or else the active profile's. */
    public double quality(Optional<String> named) {
        return named.map(RequestResolver::quality)
                .orElseGet(() -> profiles.inForce().active().defaultQuality());
    }

    private static double quality(VideoOptions options, TuningProfile profile) {
        if (options.quality().isPresent() && options.speedup().isPresent()) {
            throw new InvalidRequestException("speedup", "quality and speedup exclude each other; give one of them.");
        }
        return options.quality().map(RequestResolver::quality).orElse(profile.defaultQuality());
    }

    private double qualityForSpeedup(double speedup, VideoRequest request) {
        require(speedup >= 1 && Double.isFinite(speedup), "speedup", "has to be 1 or more, not " + speedup);
        require(
                request.policy().equals("adaptive"),
                "speedup",
                "goes with policy adaptive, not with '" + request.policy() + "'");
        OptionalDouble quality = speedupKnob.quality(request);
        if (quality.isEmpty()) {
            throw new InvalidRequestException(
                    "speedup",
                    String.format(
                            Locale.ROOT,
                            "speedup of %s is more than this pair can reach; the largest is %.2f.",
                            speedup,
                            Math.floor(speedupKnob.largest(request) * 100) / 100));
        }
        return quality.getAsDouble();
    }

    private static double quality(String text) {
        Double word = QUALITY_WORDS.get(text.toLowerCase(Locale.ROOT));
        if (word != null) {
            return word;
        }
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            value = Double.NaN;
        }
        require(
                value >= 0 && value <= 1,
                "quality",
                "has to be 0..1 or one of draft, balanced, high, exact (or lossless), not '" + text + "'");
        return value;
    }

    private static int within(String field, int value, int least, int most) {
        require(value >= least && value <= most, field, "has to be " + least + ".." + most + ", not " + value);
        return value;
    }

    private static void require(boolean holds, String field, String problem) {
        if (!holds) {
            throw new InvalidRequestException(field, field + " " + problem + ".");
        }
    }
}
