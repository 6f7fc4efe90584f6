package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.CalibrationFields;
import io.flowblend.api.wire.CalibrationJobObject;
import io.flowblend.api.wire.Page;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.jobs.CalibrationJob;
import io.flowblend.jobs.CalibrationJobs;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

/** Calibrations as jobs: {@code /v1/pairs/{pair}/calibrations}. */
@Path("/v1/pairs/{pair}/calibrations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Calibrations")
public class CalibrationJobResource {
    private static final byte[] NO_FIELDS = "{}".getBytes(StandardCharsets.UTF_8);

    private final PipelineCatalog catalog;
    private final CalibrationJobs jobs;
    private final RoutingContext exchange;

    CalibrationJobResource(PipelineCatalog catalog, CalibrationJobs jobs, RoutingContext exchange) {
        this.catalog = catalog;
        this.jobs = jobs;
        this.exchange = exchange;
    }

    @POST
    @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
    @Operation(summary = "Starts a calibration, which goes on between the videos (admin)")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = CalibrationJobObject.Start.class)))
    @APIResponse(
            responseCode = "200",
            description = "The queued calibration",
            content = @Content(schema = @Schema(implementation = CalibrationJobObject.class)))
    @APIResponse(responseCode = "409", description = "One of the pair is under way already")
    public CalibrationJobObject start(@RestPath String pair, byte[] body) {
        RequestIdFilter.admin(exchange);
        CalibrationResource.pipeline(catalog, pair);
        RequestBody fields = RequestBody.ofJson(body.length == 0 ? NO_FIELDS : body);
        return jobs.start(CalibrationFields.read(pair, fields))
                .map(this::view)
                .orElseThrow(() ->
                        ApiError.of(409, "calibration_running", "A calibration of this pair is under way already."));
    }

    @GET
    @Operation(summary = "The pair's last calibrations, newest first")
    public Page<CalibrationJobObject> list(@RestPath String pair) {
        CalibrationResource.pipeline(catalog, pair);
        List<CalibrationJobObject> found =
                jobs.list(pair).stream().map(this::view).toList();
        return Page.of(found, false, CalibrationJobObject::id);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A calibration's progress")
    public CalibrationJobObject get(@RestPath String pair, @RestPath String id) {
        return jobs.find(pair, id).map(this::view).orElseThrow(CalibrationJobResource::notFound);
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "Stops a calibration between two steps; it is failed then, as cancelled (admin)")
    public CalibrationJobObject stop(@RestPath String pair, @RestPath String id) {
        RequestIdFilter.admin(exchange);
        return jobs.stop(pair, id).map(this::view).orElseThrow(CalibrationJobResource::notFound);
    }

    private static ApiError notFound() {
        return ApiError.of(404, "calibration_not_found", "There is no such calibration.");
    }

    private CalibrationJobObject view(CalibrationJob job) {
        return CalibrationJobObject.of(job, catalog.find(job.plan().pair()).map(VideoPipeline::state));
    }
}
