package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.flowblend.jobs.VideoJobs.Artifact;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** The files of a finished video. Answers whatever media type {@code Accept} names: OpenAI's SDK asks for a made-up one. */
@Path("/v1/videos/{id}/content")
@Tag(name = "Videos")
public class ContentResource {
    private final VideoService service;
    private final VideoJobs jobs;
    private final RoutingContext exchange;

    ContentResource(VideoService service, VideoJobs jobs, RoutingContext exchange) {
        this.service = service;
        this.jobs = jobs;
        this.exchange = exchange;
    }

    @GET
    @Operation(summary = "The video's bytes, whole or a range of them")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content = {@Content(mediaType = "video/mp4"), @Content(mediaType = "image/jpeg")})
    @APIResponse(responseCode = "206", description = "A range of the file")
    @APIResponse(responseCode = "304", description = "The client has it already")
    @APIResponse(responseCode = "409", description = "The video is not finished: video_not_ready")
    @APIResponse(responseCode = "416", description = "The range is beyond the end of the file")
    public Response content(
            @RestPath String id,
            @Parameter(
                            schema =
                                    @Schema(
                                            enumeration = {"video", "thumbnail", "spritesheet"},
                                            defaultValue = "video"))
                    @RestQuery
                    Optional<String> variant,
            @RestHeader("Range") Optional<String> range,
            @RestHeader("If-Range") Optional<String> ifRange,
            @RestHeader("If-None-Match") Optional<String> ifNoneMatch) {
        Artifact artifact = artifact(variant.orElse("video"));
        VideoJob job = service.find(RequestIdFilter.caller(exchange), id);
        return file(jobs, job, artifact).answer(new FileContent.Conditions(range, ifRange, ifNoneMatch));
    }

    /** A file of a video, or the error that says why there is none. */
    static FileContent file(VideoJobs jobs, VideoJob job, Artifact artifact) {
        switch (job.status()) {
            case QUEUED, IN_PROGRESS -> throw ApiError.of(409, "video_not_ready", "The video is not finished yet.");
            case FAILED -> throw ApiError.of(409, "video_not_ready", "The video failed: there is nothing to download.");
            case COMPLETED -> {
                var path = jobs.artifact(job, artifact)
                        .orElseThrow(() -> ApiError.of(404, "content_not_found", "The file is no longer there."));
                String suffix =
                        artifact.fileName().substring(artifact.fileName().lastIndexOf('.'));
                String name = artifact == Artifact.VIDEO ? job.id() + suffix : job.id() + "-" + artifact.fileName();
                String type = suffix.equals(".mp4") ? "video/mp4" : "image/jpeg";
                return new FileContent(path, type, name, "\"" + name + "\"");
            }
        }
        throw new IllegalStateException("a status without a case");
    }

    private static Artifact artifact(String variant) {
        return switch (variant) {
            case "video" -> Artifact.VIDEO;
            case "thumbnail" -> Artifact.THUMBNAIL;
            case "spritesheet" -> Artifact.SPRITESHEET;
            default -> throw ApiError.invalid(
                    "variant", "invalid_value", "'variant' has to be 'video', 'thumbnail' or 'spritesheet'.");
        };
    }
}
