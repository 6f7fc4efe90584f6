package io.flowblend.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.CalibrationObject;
import io.flowblend.api.wire.Deleted;
import io.flowblend.api.wire.RequestBody;
import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** What is known about a pair: {@code /v1/pairs/{pair}/calibration}. */
@Path("/v1/pairs/{pair}/calibration")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Calibrations")
public class CalibrationResource {
    private static final String FILE = "calibration.json";
    private static final Pattern QUOTED = Pattern.compile("'([^']{1,64})'");

    private final PipelineCatalog catalog;
    private final EvidenceStore calibrations;
    private final RoutingContext exchange;

    CalibrationResource(PipelineCatalog catalog, EvidenceStore calibrations, RoutingContext exchange) {
        this.catalog = catalog;
        this.calibrations = calibrations;
        this.exchange = exchange;
    }

    @GET
    @Operation(summary = "Curves by source, thresholds for a quality, counts, state and its history")
    public CalibrationObject get(
            @RestPath String pair,
            @Parameter(description = "0..1, or draft, balanced, high, exact; the active profile's if left out")
                    @RestQuery
                    Optional<String> quality) {
        VideoPipeline pipeline = pipeline(catalog, pair);
        PairEvidence known = known(pipeline);
        return CalibrationObject.of(known, pipeline.state(), pipeline.calibration(), pipeline.preview(quality));
    }

    @GET
    @Path("/export")
    @Operation(summary = "All that is known, as a file of calibration-data that can be imported")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(type = SchemaType.OBJECT, implementation = Object.class)))
    public Response export(@RestPath String pair) {
        String json = EvidenceJson.write(known(pipeline(catalog, pair)));
        return Response.ok(json)
                .header("Content-Disposition", "attachment; filename=\"" + pair + ".json\"")
                .build();
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Imports what GET or its export gave in the place of what is known (admin)")
    @org.eclipse.microprofile.openapi.annotations.parameters.RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(type = SchemaType.OBJECT, implementation = Object.class)))
    @APIResponse(
            responseCode = "200",
            description = "What is known now",
            content = @Content(schema = @Schema(implementation = CalibrationObject.class)))
    @APIResponse(responseCode = "422", description = "A field cannot be used; nothing was imported")
    public CalibrationObject replace(@RestPath String pair, byte[] body) {
        RequestIdFilter.admin(exchange);
        VideoPipeline pipeline = pipeline(catalog, pair);
        JsonNode evidence = RequestBody.ofJson(body).fields().get("evidence");
        PairEvidence imported =
                read(evidence == null ? body : evidence.toString().getBytes(StandardCharsets.UTF_8));
        if (!imported.pair().equals(pair)) {
            throw ApiError.invalid("pair", "foreign_pair", "'pair' has to be '" + pair + "'.");
        }
        if (!imported.fits(pipeline.fingerprint())) {
            throw ApiError.invalid(
                    "fingerprint",
                    "foreign_fingerprint",
                    "'fingerprint' is that of other weights than are loaded here.");
        }
        calibrations.replace(pair, imported);
        return get(pair, Optional.empty());
    }

    @DELETE
    @Operation(summary = "Forgets what was learned; what was shipped holds again (admin)")
    public Deleted forget(@RestPath String pair) {
        RequestIdFilter.admin(exchange);
        boolean served = catalog.find(pair).isPresent();
        boolean refused =
                catalog.refused().stream().anyMatch(refusal -> refusal.pair().equals(pair));
        if (!served && !refused) {
            throw noSuchPair();
        }
        calibrations.forget(pair);
        return Deleted.calibration(pair);
    }

    private PairEvidence known(VideoPipeline pipeline) {
        String pair = pipeline.spec().id();
        return calibrations.find(pair).orElseGet(() -> PairEvidence.unknown(pair, pipeline.fingerprint()));
    }

    static VideoPipeline pipeline(PipelineCatalog catalog, String pair) {
        return catalog.find(pair).orElseThrow(CalibrationResource::noSuchPair);
    }

    private static ApiError noSuchPair() {
        return ApiError.of(404, "pair_not_found", "There is no such pair.");
    }

    private static PairEvidence read(byte[] body) {
        try {
            return EvidenceJson.read(FILE, new ByteArrayInputStream(body));
        } catch (InvalidFileException e) {
            String problem = String.valueOf(e.getMessage()).replaceFirst("^" + Pattern.quote(FILE + ": "), "");
            Matcher quoted = QUOTED.matcher(problem);
            throw ApiError.invalid(quoted.find() ? quoted.group(1) : "body", "invalid_calibration", problem + ".");
        }
    }
}
