package io.flowblend.api;

import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.flowblend.jobs.VideoJob;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.OptionalInt;
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

/** What happens to a video, as it happens. */
@Path("/v1/videos/{id}/events")
@Tag(name = "Videos")
public class EventResource {
    private final VideoService service;
    private final EventStreams streams;
    private final RoutingContext exchange;

    EventResource(VideoService service, EventStreams streams, RoutingContext exchange) {
        this.service = service;
        this.streams = streams;
        this.exchange = exchange;
    }

    @GET
    @NonBlocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(summary = "Follows a video by server-sent events: queued, step, progress, preview, completed, failed")
    @APIResponse(
            responseCode = "200",
            description = "The events, until the video has ended",
            content = @Content(mediaType = MediaType.SERVER_SENT_EVENTS))
    @APIResponse(responseCode = "204", description = "The client has been told the end already")
    public Uni<Response> events(
            @RestPath String id,
            @Parameter(description = "Id of the last event that was received; the stream goes on after it")
                    @RestHeader("Last-Event-ID")
                    Optional<String> lastEventId,
            @Parameter(
                            description =
                                    "Steps between two events 'preview', 1..1000: a small JPEG of the predicted middle "
                                            + "frame. Fewer come where they would take more than a twentieth of the time. None if it "
                                            + "is left out",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "1000"))
                    @RestQuery
                    Optional<String> previews) {
        OptionalInt every = everySteps(previews);
        Caller caller = RequestIdFilter.caller(exchange);
        String last = lastEventId.orElse("").strip();
        // Begun on the event loop: nothing is written before the layer of the REST resources has let go of the answer.
        return Uni.createFrom()
                .item(() -> service.find(caller, id))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .chain(job -> job.isFinal() && last.equals(EventStream.END)
                        ? Uni.createFrom().item(Response.noContent().build())
                        : follow(caller, job, last, every));
    }

    private static OptionalInt everySteps(Optional<String> previews) {
        if (previews.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!previews.get().matches("[1-9]\\d{0,2}|1000")) {
            throw ApiError.invalid(
                    "previews", "invalid_value", "'previews' has to be the number of steps between two, 1 to 1000.");
        }
        return OptionalInt.of(Integer.parseInt(previews.get()));
    }

    private Uni<Response> follow(Caller caller, VideoJob job, String last, OptionalInt every) {
        return Uni.createFrom()
                .completionStage(streams.open(exchange, caller, job, last, every))
                .map(over -> Response.ok().build());
    }
}
