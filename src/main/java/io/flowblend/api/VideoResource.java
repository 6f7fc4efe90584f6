package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.CreateVideo;
import io.flowblend.api.wire.Deleted;
import io.flowblend.api.wire.Page;
import io.flowblend.api.wire.PlanObject;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.api.wire.TraceObject;
import io.flowblend.api.wire.VideoObject;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.VideoJobs;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Videos: {@code /v1/videos}. */
@Path("/v1/videos")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Videos")
public class VideoResource {
    private static final String ROUTE = "/v1/videos";

    private final VideoService service;
    private final VideoJobs jobs;
    private final RunningVideos running;
    private final RoutingContext exchange;

    VideoResource(VideoService service, VideoJobs jobs, RunningVideos running, RoutingContext exchange) {
        this.service = service;
        this.jobs = jobs;
        this.running = running;
        this.exchange = exchange;
    }

    @POST
    @Consumes({MediaType.APPLICATION_JSON, MediaType.MULTIPART_FORM_DATA})
    @Operation(summary = "Queues a video")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(ref = CreateVideo.BODY)
    @APIResponse(
            responseCode = "200",
            description = "The queued video",
            content = @Content(schema = @Schema(implementation = VideoObject.class)))
    @APIResponse(
            responseCode = "422",
            description = "A field cannot be done; error.param names it",
            content = @Content(schema = @Schema(implementation = ApiError.Body.class)))
    @APIResponse(
            responseCode = "429",
            description = "The queue is full; see Retry-After",
            content = @Content(schema = @Schema(implementation = ApiError.Body.class)))
    public VideoObject create(
            byte[] body,
            @Parameter(hidden = true) @RestHeader("Content-Type") Optional<String> contentType,
            @RestHeader("Idempotency-Key") Optional<String> idempotencyKey) {
        RequestBody fields = RequestBody.of(contentType, body);
        return service.view(service.submit(caller(), ROUTE, fields, idempotencyKey));
    }

    @POST
    @Path("/plan")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "What qualities come to for a request: schedule, seconds, compute and promise; nothing is run")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content = @Content(schema = @Schema(allOf = {CreateVideo.class, CreateVideo.Qualities.class})))
    public PlanObject plan(byte[] body) {
        return service.plan(RequestBody.ofJson(body));
    }

    @POST
    @Path("/{id}/replay")
    @Operation(summary = "Queues the same video again, with the decisions of its trace")
    public VideoObject replay(@RestPath String id) {
        return service.view(service.replay(caller(), id));
    }

    @GET
    @Operation(summary = "Lists the caller's videos")
    public Page<VideoObject> list(
            @Parameter(
                            description = "Length of the page",
                            schema =
                                    @Schema(
                                            type = SchemaType.INTEGER,
                                            minimum = "1",
                                            maximum = "100",
                                            defaultValue = "20"))
                    @RestQuery
                    Optional<String> limit,
            @Parameter(description = "Id of the last video of the page before") @RestQuery Optional<String> after,
            @Parameter(
                            description = "By time of creation",
                            schema =
                                    @Schema(
                                            enumeration = {"asc", "desc"},
                                            defaultValue = "desc"))
                    @RestQuery
                    Optional<String> order) {
        int size = PageQuery.limit(limit);
        List<VideoJob> found = jobs.list(
                caller().name(), new VideoJobs.Listing(size + 1, PageQuery.after(after), PageQuery.newestFirst(order)));
        List<VideoObject> page = found.stream().limit(size).map(service::view).toList();
        return Page.of(page, found.size() > size, VideoObject::id);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A video's state and result")
    @APIResponse(
            responseCode = "200",
            description = "The video; while it is not finished, openai-poll-after-ms says when to ask again",
            content = @Content(schema = @Schema(implementation = VideoObject.class)))
    public Response get(@RestPath String id) {
        VideoJob job = service.find(caller(), id);
        Response.ResponseBuilder response = Response.ok(service.view(job));
        if (!job.isFinal()) {
            response.header("openai-poll-after-ms", service.pollAfter(job).toMillis());
        }
        return response.build();
    }

    @GET
    @Path("/{id}/trace")
    @Operation(summary = "Every step's decision, and the settings that repeat the video")
    public TraceObject trace(@RestPath String id) {
        VideoJob job = service.find(caller(), id);
        return TraceObject.of(job, running.trace(job));
    }

    @POST
    @Path("/{id}/cancel")
    @Operation(summary = "Stops a video between two steps")
    public VideoObject cancel(@RestPath String id) {
        return service.view(jobs.cancel(caller().name(), id).orElseThrow(() -> ApiError.videoNotFound(id)));
    }

    @POST
    @Path("/{id}/remix")
    @Consumes({MediaType.APPLICATION_JSON, MediaType.MULTIPART_FORM_DATA})
    @Operation(summary = "Queues a video with the same settings and seed and another prompt")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = CreateVideo.Remix.class)))
    public VideoObject remix(
            @RestPath String id,
            byte[] body,
            @Parameter(hidden = true) @RestHeader("Content-Type") Optional<String> contentType,
            @RestHeader("Idempotency-Key") Optional<String> idempotencyKey) {
        RequestBody fields = RequestBody.of(contentType, body);
        return service.view(service.remix(caller(), id, fields, idempotencyKey));
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "Cancels a video if needed and deletes its files and record")
    public Deleted delete(@RestPath String id) {
        if (!jobs.delete(caller().name(), id)) {
            throw ApiError.videoNotFound(id);
        }
        return Deleted.video(id);
    }

    private Caller caller() {
        return RequestIdFilter.caller(exchange);
    }
}
