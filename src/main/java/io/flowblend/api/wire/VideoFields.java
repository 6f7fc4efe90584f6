package io.flowblend.api.wire;

import io.flowblend.jobs.Submission;
import io.flowblend.model.PairSpec;
import io.flowblend.request.VideoOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The request for a video, as far as it can be understood without its pair.
 *
 * @param model id of the pair, if it was named
 * @param options what the pipeline resolves
 * @param ignored fields that were accepted and do not apply, sorted
 * @param priority -10..10, higher ones go first
 * @param within time by which the video has to be finished
 * @param webhookUrl told of the end of the video
 */
public record VideoFields(
        Optional<String> model,
        VideoOptions options,
        List<String> ignored,
        int priority,
        Optional<Duration> within,
        Optional<String> webhookUrl) {
    /** Longest time to a deadline. */
    private static final Duration MONTH = Duration.ofDays(30);

    private static final String EXTRA = "extra_params";

    /** Fields that do something. */
    static final Set<String> KNOWN = Set.of(
            "prompt",
            "model",
            "negative_prompt",
            "size",
            "width",
            "height",
            "seconds",
            "num_frames",
            "fps",
            "num_inference_steps",
            "guidance_scale",
            "guidance_scale_2",
            "boundary_ratio",
            "flow_shift",
            "seed",
            "input_reference",
            "image_reference",
            EXTRA,
            "quality",
            "speedup",
            "policy",
            "schedule",
            "profile",
            "priority",
            "deadline_s",
            "webhook_url");

    /** Fields that clients of OpenAI and of vLLM-Omni may send and that change nothing here. */
    static final Set<String> INAPPLICABLE = Set.of(
            "user",
            "metadata",
            "n",
            "response_format",
            "safety_identifier",
            "service_tier",
            "store",
            "true_cfg_scale",
            "generate_sound",
            "sound_duration",
            "enable_frame_interpolation",
            "frame_interpolation_exp",
            "frame_interpolation_scale",
            "frame_interpolation_model_path");

    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,6})\\s*[xX]\\s*(\\d{1,6})\\s*");

    /** Reads a request; the first field that cannot be taken is an error that names it. */
    public static VideoFields read(RequestBody sent) {
        RequestBody body = sent.unfolded(EXTRA, KNOWN);
        List<String> ignored = ignored(body, KNOWN);
        FieldReader fields = new FieldReader(body);
        atMostOne(fields, "quality", "speedup");
        atMostOne(fields, "size", "width");
        atMostOne(fields, "size", "height");
        atMostOne(fields, "seconds", "num_frames");
        atMostOne(fields, "input_reference", "image_reference");
        if (fields.has("width") != fields.has("height")) {
            String missing = fields.has("width") ? "height" : "width";
            throw ApiError.invalid(missing, "missing_field", "'width' and 'height' have to be given together.");
        }
        return new VideoFields(
                fields.text("model"),
                options(fields),
                ignored,
                priority(fields),
                within(fields),
                fields.text("webhook_url"));
    }

    /**
     * A request and the qualities that it is planned for.
     *
     * @param qualities 0..1
     */
    public record Planned(VideoFields video, List<Double> qualities) {}

    private static final String QUALITIES = "qualities";
    private static final List<Double> USUAL_QUALITIES = List.of(0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0);

    /** Reads a request with, if they are there, the qualities to plan it for. */
    public static Planned readPlan(RequestBody body) {
        List<Double> qualities = new FieldReader(body).qualities(QUALITIES).orElse(USUAL_QUALITIES);
        return new Planned(read(body.without(QUALITIES)), qualities);
    }

    /** Reads the body of a remix: a new prompt and nothing else. */
    public static String readRemixPrompt(RequestBody body) {
        ignored(body, Set.of("prompt"));
        return prompt(new FieldReader(body));
    }

    private static VideoOptions options(FieldReader fields) {
        Optional<int[]> size = fields.text("size").map(VideoFields::size);
        Optional<String> schedule = fields.text("schedule");
        return new VideoOptions(
                prompt(fields),
                fields.text("negative_prompt"),
                size.map(s -> OptionalInt.of(s[0])).orElseGet(() -> fields.integer("width")),
                size.map(s -> OptionalInt.of(s[1])).orElseGet(() -> fields.integer("height")),
                fields.integer("num_frames"),
                fields.numberOrText("seconds"),
                fields.frameRate("fps"),
                fields.integer("num_inference_steps"),
                fields.number("guidance_scale"),
                fields.number("flow_shift"),
                fields.seed("seed"),
                fields.textOrNumber("quality"),
                fields.number("speedup"),
                policy(fields, schedule),
                schedule,
                fields.text("profile"),
                fields.image("input_reference").or(() -> fields.image("image_reference")),
                fields.number("guidance_scale_2"),
                fields.number("boundary_ratio"));
    }

    private static int priority(FieldReader fields) {
        int priority = fields.integer("priority").orElse(0);
        if (priority < Submission.LOWEST_PRIORITY || priority > Submission.HIGHEST_PRIORITY) {
            throw ApiError.invalid(
                    "priority",
                    "invalid_value",
                    "'priority' has to be " + Submission.LOWEST_PRIORITY + ".." + Submission.HIGHEST_PRIORITY + ", not "
                            + priority + ".");
        }
        return priority;
    }

    private static Optional<Duration> within(FieldReader fields) {
        OptionalDouble seconds = fields.number("deadline_s");
        if (seconds.isEmpty()) {
            return Optional.empty();
        }
        if (seconds.getAsDouble() < 1 || seconds.getAsDouble() > MONTH.toSeconds()) {
            throw ApiError.invalid(
                    "deadline_s",
                    "invalid_value",
                    "'deadline_s' has to be 1.." + MONTH.toSeconds() + " seconds, not " + seconds.getAsDouble() + ".");
        }
        return Optional.of(Duration.ofMillis((long) (seconds.getAsDouble() * 1000)));
    }

    private static String prompt(FieldReader fields) {
        return fields.text("prompt")
                .orElseThrow(() -> ApiError.invalid("prompt", "missing_field", "'prompt' is required."));
    }

    /** A schedule means that nothing is decided while the video is made. */
    private static Optional<String> policy(FieldReader fields, Optional<String> schedule) {
        Optional<String> policy = fields.text("policy");
        if (schedule.isEmpty()) {
            return policy;
        }
        if (policy.isPresent() && !policy.get().equals("static")) {
            throw ApiError.invalid(
                    "policy",
                    "invalid_value",
                    "'schedule' goes with the policy 'static' only, not with '" + Text.shortened(policy.get()) + "'.");
        }
        return Optional.of("static");
    }

    private static int[] size(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw ApiError.invalid(
                    "size",
                    "invalid_value",
                    "'size' has to be WIDTHxHEIGHT in pixels, for example 64x64, not '" + Text.shortened(text) + "'.");
        }
        return new int[] {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
    }

    private static void atMostOne(FieldReader fields, String first, String second) {
        if (fields.has(first) && fields.has(second)) {
            throw ApiError.invalid(
                    second, "conflicting_fields", "At most one of '" + first + "' and '" + second + "' can be given.");
        }
    }

    /** What changes nothing for a pair: with it, what belongs to an expert that the pair does not have. */
    public List<String> ignored(PairSpec pair) {
        if (pair.lowNoise().isPresent()) {
            return ignored;
        }
        Set<String> all = new TreeSet<>(ignored);
        options.lowGuidance().ifPresent(any -> all.add("guidance_scale_2"));
        options.boundary().ifPresent(any -> all.add("boundary_ratio"));
        return List.copyOf(all);
    }

    private static List<String> ignored(RequestBody body, Set<String> known) {
        Set<String> ignored = new TreeSet<>(body.fields().keySet());
        ignored.removeIf(field -> !INAPPLICABLE.contains(field) && !field.startsWith(EXTRA + "."));
        Set<String> expected = new TreeSet<>(known);
        expected.addAll(ignored);
        refuseUnknown(body, expected);
        return List.copyOf(ignored);
    }

    /** @throws ApiError naming the first field that is not among {@code known} */
    static void refuseUnknown(RequestBody body, Set<String> known) {
        for (String field : body.fields().keySet()) {
            if (!known.contains(field)) {
                String hint = Text.closest(field, known)
                        .map(close -> " Did you mean '" + close + "'?")
                        .orElse("");
                throw ApiError.invalid(
                        Text.shortened(field),
                        "unknown_field",
                        "There is no field '" + Text.shortened(field) + "'." + hint);
            }
        }
    }
}
