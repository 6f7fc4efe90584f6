package io.flowblend.api;

import io.flowblend.api.observe.ProfileWatch;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.ProfileList;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.api.wire.SingleField;
import io.flowblend.tuning.Profiles;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Tuning profiles: {@code /v1/profiles}. */
@Path("/v1/profiles")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tuning profiles")
public class ProfileResource {
    private final Profiles profiles;
    private final ProfileWatch watch;
    private final RoutingContext exchange;

    ProfileResource(Profiles profiles, ProfileWatch watch, RoutingContext exchange) {
        this.profiles = profiles;
        this.watch = watch;
        this.exchange = exchange;
    }

    @GET
    @Operation(summary = "The tuning profiles in force, the active one, and why changed files are not in force")
    public ProfileList list() {
        watch.look();
        return ProfileList.of(profiles.inForce(), profiles.problem());
    }

    @PUT
    @Path("/active")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Makes a tuning profile that of all further requests that name none (admin)")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = ProfileList.Choice.class)))
    @APIResponse(
            responseCode = "200",
            description = "The tuning profiles, the named one active",
            content = @Content(schema = @Schema(implementation = ProfileList.class)))
    @APIResponse(responseCode = "422", description = "There is no profile of that name")
    public ProfileList activate(byte[] body) {
        RequestIdFilter.admin(exchange);
        String name = SingleField.text(RequestBody.ofJson(body), "profile");
        watch.look();
        if (!profiles.activate(name)) {
            throw ApiError.invalid(
                    "profile",
                    "profile_not_found",
                    "There is no such profile; there are "
                            + String.join(", ", profiles.inForce().byName().keySet()) + ".");
        }
        return ProfileList.of(profiles.inForce(), profiles.problem());
    }
}
