package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.CreateVideo;
import io.flowblend.api.wire.FallbackObject;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;

/** Makes a video while the client waits. A client that goes away takes its video with it. */
@Path("/v1/videos/sync")
@Tag(name = "Videos")
public class SyncResource {
    /** Longest time between two looks at the video and at the connection. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final VideoService service;
    private final VideoJobs jobs;
    private final RunningVideos running;
    private final RoutingContext exchange;

    SyncResource(VideoService service, VideoJobs jobs, RunningVideos running, RoutingContext exchange) {
        this.service = service;
        this.jobs = jobs;
        this.running = running;
        this.exchange = exchange;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Makes a video while the client waits")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(ref = CreateVideo.BODY)
    @APIResponse(
            responseCode = "200",
            description = "The MP4; its id, schedule and fallback in X-FlowBlend-Video-Id, -Schedule and -Fallback",
            content = @Content(mediaType = "video/mp4"))
    public Response create(byte[] body, @RestHeader("Idempotency-Key") Optional<String> idempotencyKey)
            throws InterruptedException {
        return make(RequestBody.ofJson(body), idempotencyKey);
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(hidden = true)
    public Response createFromForm(
            MultipartFormDataInput form, @RestHeader("Idempotency-Key") Optional<String> idempotencyKey)
            throws InterruptedException {
        return make(Forms.read(form), idempotencyKey);
    }

    private Response make(RequestBody body, Optional<String> idempotencyKey) throws InterruptedException {
        Caller caller = RequestIdFilter.caller(exchange);
        VideoJob job = awaitEnd(caller, service.submit(caller, body, idempotencyKey));
        exchange.response().putHeader("X-FlowBlend-Video-Id", job.id());
        job.failure().ifPresent(failure -> {
            int status = failure.code().equals("cancelled") ? 409 : 500;
            throw ApiError.of(status, failure.code(), failure.message());
        });
        exchange.response().putHeader("X-FlowBlend-Schedule", running.trace(job).schedule());
        exchange.response().putHeader("X-FlowBlend-Fallback", fallback(job));
        return ContentResource.file(jobs, job, Artifact.VIDEO)
                .answer(new FileContent.Conditions(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private VideoJob awaitEnd(Caller caller, VideoJob submitted) throws InterruptedException {
        while (true) {
            CountDownLatch finish = running.nextFinish();
            VideoJob job = service.find(caller, submitted.id());
            if (job.isFinal()) {
                return job;
            }
            if (exchange.response().closed()) {
                jobs.cancel(caller.name(), job.id());
            }
            finish.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** The reason of the fallback, or {@code none}. */
    private static String fallback(VideoJob job) {
        return job.report()
                .flatMap(report -> report.trace().fallback())
                .map(fallback -> FallbackObject.of(fallback).reason())
                .orElse("none");
    }
}
