package io.flowblend.api;

import io.flowblend.api.observe.ProfileWatch;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.ProfileEdit;
import io.flowblend.api.wire.ProfileList;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.api.wire.SingleField;
import io.flowblend.api.wire.WhatIfFields;
import io.flowblend.api.wire.WhatIfObject;
import io.flowblend.tuning.Profiles;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

/** Tuning profiles: {@code /v1/profiles}. */
@Path("/v1/profiles")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tuning profiles")
public class ProfileResource {
    private final Profiles profiles;
    private final ProfileWatch watch;
    private final VideoService service;
    private final RoutingContext exchange;

    ProfileResource(Profiles profiles, ProfileWatch watch, VideoService service, RoutingContext exchange) {
        this.profiles = profiles;
        this.watch = watch;
        this.service = service;
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

    @PUT
    @Path("/{profile}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary =
                    "Keeps an edited tuning profile as a file of the folder of profiles, under a name of its own (admin)")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = ProfileList.Keep.class)))
    @APIResponse(
            responseCode = "200",
            description = "The tuning profiles, the named one among them",
            content = @Content(schema = @Schema(implementation = ProfileList.class)))
    @APIResponse(responseCode = "422", description = "The name or a key cannot be used; error.param names it")
    public ProfileList keep(@RestPath String profile, byte[] body) {
        RequestIdFilter.admin(exchange);
        watch.look();
        ProfileEdit.keep(RequestBody.ofJson(body), profile, profiles);
        return ProfileList.of(profiles.inForce(), profiles.problem());
    }

    @POST
    @Path("/what-if")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary =
                    "What an edited tuning profile would have made of the newest videos, beside the active one (admin)",
            description =
                    "Replays the numbers of their traces through the controller; no model runs. Videos that named a "
                            + "schedule or another policy than adaptive are left out.")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = WhatIfFields.Document.class)))
    @APIResponse(
            responseCode = "200",
            description = "Compute, promise and schedule under both",
            content = @Content(schema = @Schema(implementation = WhatIfObject.class)))
    @APIResponse(
            responseCode = "422",
            description = "A field or a key of the profile cannot be used; error.param names it")
    public WhatIfObject whatIf(byte[] body) {
        RequestIdFilter.admin(exchange);
        watch.look();
        return service.whatIf(RequestBody.ofJson(body), profiles);
    }
}
