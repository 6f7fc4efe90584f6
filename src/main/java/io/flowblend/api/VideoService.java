package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.PlanObject;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.api.wire.VideoFields;
import io.flowblend.api.wire.VideoObject;
import io.flowblend.api.wire.WhatIfFields;
import io.flowblend.api.wire.WhatIfObject;
import io.flowblend.file.InvalidFileException;
import io.flowblend.jobs.Submission;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.flowblend.jobs.VideoQueue;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.Trace;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jboss.logging.MDC;

/** Submits videos: finds the pair, lets it check the request, queues the job. */
@ApplicationScoped
public class VideoService {
    private static final System.Logger LOG = System.getLogger(VideoService.class.getName());
    private static final Duration SOONEST_POLL = Duration.ofMillis(100);
    private static final Duration LATEST_POLL = Duration.ofSeconds(10);
    /** Until the time of a video was measured once. */
    private static final Duration UNMEASURED_POLL = Duration.ofSeconds(1);

    /** Videos that are read at a time, and how often, in search of those that a what-if looks at. */
    private static final int PAGE = 50;

    private static final int MOST_PAGES = 40;

    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final PipelineCatalog catalog;
    private final VideoJobs jobs;
    private final VideoQueue queue;
    private final RunningVideos running;
    private final RateLimit rateLimit;
    private final WebhookSender webhooks;

    VideoService(
            PipelineCatalog catalog,
            VideoJobs jobs,
            VideoQueue queue,
            RunningVideos running,
            RateLimit rateLimit,
            WebhookSender webhooks) {
        this.catalog = catalog;
        this.jobs = jobs;
        this.queue = queue;
        this.running = running;
        this.rateLimit = rateLimit;
        this.webhooks = webhooks;
    }

    /** @param route that took the request; an idempotency key holds for one */
    VideoJob submit(Caller caller, String route, RequestBody body, Optional<String> idempotencyKey) {
        rateLimit.take(caller);
        VideoFields fields = VideoFields.read(body);
        if (fields.priority() > 0 && caller.role() != Caller.Role.ADMIN) {
            throw ApiError.invalid("priority", "not_allowed", "'priority' above 0 needs an admin key.");
        }
        VideoPipeline pipeline = pipeline(fields);
        VideoRequest request = pipeline.resolve(fields.options());
        return jobs.submit(new Submission(
                caller.name(),
                request,
                fields.ignored(pipeline.spec()),
                Optional.empty(),
                idempotency(idempotencyKey, route, body),
                fields.priority(),
                fields.within(),
                requestId(),
                webhook(caller, fields.webhookUrl())));
    }

    private Optional<String> webhook(Caller caller, Optional<String> url) {
        url.ifPresent(told -> webhooks.check(caller.name(), told));
        return url;
    }

    VideoJob remix(Caller caller, String id, RequestBody body, Optional<String> idempotencyKey) {
        rateLimit.take(caller);
        VideoJob original = find(caller, id);
        String prompt = VideoFields.readRemixPrompt(body);
        VideoRequest request =
                pipeline(Optional.of(original.request().pair())).resolve(withPrompt(original.request(), prompt));
        return jobs.submit(new Submission(
                caller.name(),
                request,
                List.of(),
                Optional.of(original.id()),
                idempotency(idempotencyKey, "/v1/videos/" + original.id() + "/remix", body),
                requestId()));
    }

    /** The same video again, with the decisions of its trace; bit for bit the same on the same build and device. */
    VideoJob replay(Caller caller, String id) {
        VideoJob original = find(caller, id);
        Trace trace = original.trace()
                .filter(made -> made.steps().size() == original.request().steps())
                .orElseThrow(() -> ApiError.of(409, "video_not_ready", "Only a finished video can be replayed."));
        pipeline(Optional.of(original.request().pair()));
        VideoRequest request = original.request()
                .replaying(trace.steps().stream().map(StepRecord::decision).toList());
        return jobs.submit(new Submission(
                caller.name(), request, List.of(), Optional.of(original.id()), Optional.empty(), requestId()));
    }

    /** What qualities come to for a request; nothing is queued. */
    PlanObject plan(RequestBody body) {
        VideoFields.Planned fields = VideoFields.readPlan(body);
        VideoPipeline pipeline = pipeline(fields.video());
        VideoRequest request = pipeline.resolve(fields.video().options());
        return PlanObject.of(pipeline.spec().id(), pipeline.plan(request, fields.qualities()));
    }

    /** What an edited tuning profile would have made of the newest videos that the controller decided; no model runs. */
    WhatIfObject whatIf(RequestBody body, Profiles profiles) {
        TuningProfile active = profiles.inForce().active();
        WhatIfFields fields = WhatIfFields.read(body, profiles.inForce());
        TuningProfile edited = fields.edit().tried(profiles);
        VideoPipeline pipeline = pipeline(fields.model());
        String pair = pipeline.spec().id();
        List<WhatIfObject.Compared> compared = new ArrayList<>();
        for (VideoJob video : newestDecided(pair, fields.videos())) {
            Trace made = video.trace().orElseThrow();
            compared.add(new WhatIfObject.Compared(
                    video,
                    pipeline.decideAgain(video.request(), made, edited),
                    pipeline.decideAgain(video.request(), made, active)));
        }
        return WhatIfObject.of(pair, fields.edit(), active.name(), compared);
    }

    /** The newest completed videos of a pair, whoever owns them, that the controller decided. */
    private List<VideoJob> newestDecided(String pair, int most) {
        List<VideoJob> found = new ArrayList<>();
        Optional<String> before = Optional.empty();
        for (int pages = 0; pages < MOST_PAGES && found.size() < most; pages++) {
            List<VideoJob> page = jobs.newestCompleted(before, PAGE);
            page.stream()
                    .filter(video -> video.request().pair().equals(pair) && isDecided(video))
                    .limit(most - found.size())
                    .forEach(found::add);
            if (page.size() < PAGE) {
                break;
            }
            before = Optional.of(page.get(PAGE - 1).id());
        }
        return found;
    }

    private static boolean isDecided(VideoJob video) {
        VideoRequest request = video.request();
        return request.policy().equals("adaptive")
                && request.replay().isEmpty()
                && video.trace()
                        .filter(trace -> trace.steps().size() == request.steps())
                        .isPresent();
    }

    private static Optional<String> requestId() {
        return Optional.ofNullable(MDC.get(RequestIdFilter.LOGGED_REQUEST_ID)).map(String::valueOf);
    }

    VideoJob find(Caller caller, String id) {
        return jobs.find(caller.name(), id).orElseThrow(() -> ApiError.videoNotFound(id));
    }

    VideoObject view(VideoJob job) {
        return VideoObject.of(
                job,
                running.trace(job).letters(),
                catalog.find(job.request().pair()).map(VideoPipeline::state));
    }

    /** When it is worth to ask for {@code job} again, from the time that it is expected to take still. */
    Duration pollAfter(VideoJob job) {
        Duration remaining = queue.expectedRemaining(job).orElse(UNMEASURED_POLL);
        if (remaining.compareTo(SOONEST_POLL) < 0) {
            return SOONEST_POLL;
        }
        return remaining.compareTo(LATEST_POLL) > 0 ? LATEST_POLL : remaining;
    }

    /** The pair that was named, with the LoRA file that was. */
    private VideoPipeline pipeline(VideoFields fields) {
        VideoPipeline pair = pipeline(fields.model());
        return fields.lora().map(lora -> withLora(pair, lora)).orElse(pair);
    }

    private VideoPipeline withLora(VideoPipeline pair, String lora) {
        try {
            return catalog.find(pair, lora).orElseThrow(() -> noSuchLora());
        } catch (InvalidFileException e) {
            LOG.log(System.Logger.Level.WARNING, "lora {0} cannot be used: {1}", lora, e.getMessage());
            throw ApiError.invalid("lora", "lora_not_usable", "The LoRA file does not fit this model, or is damaged.");
        }
    }

    private ApiError noSuchLora() {
        List<String> known = catalog.loras();
        return ApiError.malformed(
                "lora",
                "lora_not_found",
                "There is no such LoRA file; there is " + (known.isEmpty() ? "none" : String.join(", ", known)) + ".");
    }

    /** The pair that was named, or the only one. */
    private VideoPipeline pipeline(Optional<String> model) {
        if (model.isPresent()) {
            return catalog.find(model.get()).orElseThrow(() -> noSuchModel(model.get()));
        }
        List<VideoPipeline> all = catalog.all();
        if (all.isEmpty()) {
            throw ApiError.of(503, "no_model", "No model is ready.");
        }
        if (all.size() > 1) {
            throw ApiError.invalid(
                    "model", "missing_field", "'model' is required where there are several: " + names(all) + ".");
        }
        return all.get(0);
    }

    private ApiError noSuchModel(String model) {
        List<VideoPipeline> all = catalog.all();
        boolean refused =
                catalog.refused().stream().anyMatch(refusal -> refusal.pair().equals(model));
        if (refused || all.isEmpty()) {
            return ApiError.of(503, "model_not_loadable", "The model is known but could not be loaded here.");
        }
        return ApiError.invalid("model", "model_not_found", "There is no such model; there is " + names(all) + ".");
    }

    private static String names(List<VideoPipeline> pipelines) {
        return String.join(
                ", ",
                pipelines.stream()
                        .map(pipeline -> "'" + pipeline.spec().id() + "'")
                        .toList());
    }

    private static Optional<Submission.Idempotency> idempotency(Optional<String> key, String route, RequestBody body) {
        return key.map(k -> {
            if (!IDEMPOTENCY_KEY.matcher(k).matches()) {
                throw ApiError.invalid(
                        "Idempotency-Key",
                        "invalid_value",
                        "'Idempotency-Key' has to be 1 to 255 visible ASCII characters.");
            }
            return new Submission.Idempotency(k, body.digest(route));
        });
    }

    /** The same settings and seed with another prompt. */
    private static VideoOptions withPrompt(VideoRequest request, String prompt) {
        boolean bySpeedup = request.speedup().isPresent();
        return new VideoOptions(
                prompt,
                Optional.of(request.negativePrompt()),
                OptionalInt.of(request.width()),
                OptionalInt.of(request.height()),
                OptionalInt.of(request.frames()),
                OptionalDouble.empty(),
                Optional.of(request.fps()),
                OptionalInt.of(request.steps()),
                OptionalDouble.of(request.guidance()),
                OptionalDouble.of(request.flowShift()),
                OptionalLong.of(request.seed()),
                bySpeedup ? Optional.empty() : Optional.of(Double.toString(request.quality())),
                request.speedup(),
                Optional.of(request.policy()),
                Optional.of(request.schedule()).filter(schedule -> !schedule.isEmpty()),
                Optional.of(request.profile()),
                Optional.of(request.firstFrame())
                        .filter(image -> !image.isEmpty())
                        .map(image -> Base64.getDecoder().decode(image)),
                lowGuidance(request),
                boundary(request));
    }

    private static OptionalDouble lowGuidance(VideoRequest request) {
        return request.lowNoise().map(low -> OptionalDouble.of(low.guidance())).orElse(OptionalDouble.empty());
    }

    private static OptionalDouble boundary(VideoRequest request) {
        return request.lowNoise().map(low -> OptionalDouble.of(low.boundary())).orElse(OptionalDouble.empty());
    }
}
