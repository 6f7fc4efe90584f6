package io.flowblend.api;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.parameters.RequestBody;

/** Writes an example of each route into the OpenAPI document, from {@code openapi/examples.json}. */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class RouteExamples implements OASFilter {
    private static final String FILE = "/openapi/examples.json";
    private static final String REQUEST = "request";
    private static final String RESPONSE = "response";

    private final Map<String, Map<String, Object>> examples;

    public RouteExamples() {
        try (InputStream in = Objects.requireNonNull(RouteExamples.class.getResourceAsStream(FILE))) {
            examples = new ObjectMapper().readValue(in, new TypeReference<>() {});
        } catch (IOException e) {
            throw new IllegalStateException(FILE + " cannot be read", e);
        }
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        document.getPaths().getPathItems().forEach((path, item) -> item.getOperations()
                .forEach((method, operation) -> add(operation, method + " " + path, document)));
    }

    private void add(Operation operation, String route, OpenAPI document) {
        Map<String, Object> example = examples.getOrDefault(route, Map.of());
        if (example.containsKey(REQUEST) && operation.getRequestBody() != null) {
            RequestBody body = resolved(operation.getRequestBody(), document);
            body.setRequired(true);
            body.setContent(with(body.getContent(), Objects.requireNonNull(example.get(REQUEST))));
        }
        if (example.containsKey(RESPONSE)) {
            Optional.ofNullable(operation.getResponses().getAPIResponse("200"))
                    .ifPresent(answer -> answer.setContent(
                            with(answer.getContent(), Objects.requireNonNull(example.get(RESPONSE)))));
        }
    }

    /** Routes that share a body share its example. */
    private static RequestBody resolved(RequestBody body, OpenAPI document) {
        String reference = body.getRef();
        return reference == null
                ? body
                : Objects.requireNonNull(document.getComponents()
                        .getRequestBodies()
                        .get(reference.substring(reference.lastIndexOf('/') + 1)));
    }

    /** A copy of a content whose JSON has an example. */
    private static Content with(Content content, Object example) {
        Content all = OASFactory.createContent();
        content.getMediaTypes()
                .forEach((type, media) -> all.addMediaType(
                        type,
                        type.equals(MediaType.APPLICATION_JSON)
                                ? OASFactory.createMediaType()
                                        .schema(media.getSchema())
                                        .example(example)
                                : media));
        return all;
    }
}
