package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.CreateVideo;
import io.flowblend.api.wire.FallbackObject;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;

/** Makes a video while the client waits. A client that goes away takes its video with it, unless it gave a key to come back by. */
@Path("/v1/videos/sync")
@Tag(name = "Videos")
public class SyncResource {
    private static final String ROUTE = "/v1/videos/sync";

    private final VideoService service;
    private final VideoJobs jobs;
    private final RunningVideos running;
    private final VideoWaiters waiters;
    private final RoutingContext exchange;

    SyncResource(
            VideoService service,
            VideoJobs jobs,
            RunningVideos running,
            VideoWaiters waiters,
            RoutingContext exchange) {
        this.service = service;
        this.jobs = jobs;
        this.running = running;
        this.waiters = waiters;
        this.exchange = exchange;
    }

    @POST
    @Blocking
    @Consumes({MediaType.APPLICATION_JSON, MediaType.MULTIPART_FORM_DATA})
    @Operation(summary = "Makes a video while the client waits")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(ref = CreateVideo.BODY)
    @APIResponse(
            responseCode = "200",
            description = "The MP4; its id, schedule and fallback in X-FlowBlend-Video-Id, -Schedule and -Fallback",
            content = @Content(mediaType = "video/mp4"))
    public Uni<Response> create(
            byte[] body,
            @Parameter(hidden = true) @RestHeader("Content-Type") Optional<String> contentType,
            @RestHeader("Idempotency-Key") Optional<String> idempotencyKey) {
        Caller caller = RequestIdFilter.caller(exchange);
        RequestBody fields = RequestBody.of(contentType, body);
        waiters.enter(caller);
        VideoJob job;
        try {
            job = service.submit(caller, ROUTE, fields, idempotencyKey);
        } catch (RuntimeException e) {
            waiters.leave(caller);
            throw e;
        }
        HttpServerResponse answered = exchange.response();
        exchange.addEndHandler(ended -> {
            waiters.leave(caller);
            // With a key, the client may come back for its video.
            if (ended.failed() && idempotencyKey.isEmpty()) {
                waiters.abandoned(job);
            }
        });
        return Uni.createFrom()
                .completionStage(waiters.end(job))
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .map(end -> answer(answered, service.find(caller, job.id())));
    }

    private Response answer(HttpServerResponse answered, VideoJob job) {
        answered.putHeader("X-FlowBlend-Video-Id", job.id());
        job.failure().ifPresent(failure -> {
            throw ApiError.of(status(failure.code()), failure.code(), failure.message());
        });
        answered.putHeader("X-FlowBlend-Schedule", running.trace(job).letters());
        answered.putHeader("X-FlowBlend-Fallback", fallback(job));
        return ContentResource.file(jobs, job, Artifact.VIDEO)
                .answer(new FileContent.Conditions(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private static int status(String failure) {
        return switch (failure) {
            case "cancelled", "deadline_exceeded" -> 409;
            case "storage_full" -> 503;
            default -> 500;
        };
    }

    /** The reason of the fallback, or {@code none}. */
    private static String fallback(VideoJob job) {
        return job.report()
                .flatMap(report -> report.trace().fallback())
                .map(fallback -> FallbackObject.of(fallback).reason())
                .orElse("none");
    }
}
