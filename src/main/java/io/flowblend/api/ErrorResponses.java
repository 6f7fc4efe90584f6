package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import jakarta.ws.rs.core.MediaType;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

/** Writes the errors into the OpenAPI document that a route may answer because of what all routes have in common. */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class ErrorResponses implements OASFilter {
    private static final Map<String, String> ALWAYS = Map.of(
            "400", "The request is malformed",
            "401", "A key is needed, or the key is not valid",
            "403", "The caller may not do that",
            "406", "The route answers another media type than 'Accept' allows",
            "414", "The address is too long",
            "429", "Too many requests, wrong keys or waiting videos; see Retry-After",
            "431", "The headers are too large",
            "500", "An error of the service",
            "503", "The service cannot do that at present: no storage, no space or no model");

    private static final Map<String, String> WITH_BODY = Map.of(
            "408", "The body did not arrive in time",
            "413", "The body is too large",
            "415", "The body is of another media type",
            "422", "A field cannot be done; error.param names it");

    @Override
    public void filterOpenAPI(OpenAPI document) {
        document.getPaths().getPathItems().forEach(ErrorResponses::add);
    }

    private static void add(String path, PathItem item) {
        item.getOperations().forEach((method, operation) -> {
            Map<String, String> errors = new TreeMap<>(ALWAYS);
            if (method == HttpMethod.POST || method == HttpMethod.PUT) {
                errors.putAll(WITH_BODY);
            }
            if (path.contains("{")) {
                errors.put("404", "There is no such thing, or it is another caller's");
            }
            if (path.contains("/calibration")
                    || path.endsWith("/content")
                    || path.endsWith("/events")
                    || path.equals("/v1/videos")) {
                errors.put("422", "A field or parameter cannot be done; error.param names it");
            }
            if (path.equals("/v1/videos/sync")) {
                errors.put("409", "The video was cancelled");
            }
            errors.forEach((status, description) -> add(operation, status, description));
        });
    }

    private static void add(Operation operation, String status, String description) {
        APIResponse response = operation.getResponses().getAPIResponse(status);
        if (response == null) {
            response = OASFactory.createAPIResponse().description(description);
            operation.getResponses().addAPIResponse(status, response);
        }
        if (response.getContent() == null) {
            response.setContent(OASFactory.createContent()
                    .addMediaType(
                            MediaType.APPLICATION_JSON,
                            OASFactory.createMediaType()
                                    .schema(OASFactory.createSchema().ref(ApiError.SCHEMA))));
        }
    }
}
