package io.flowblend.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Fails a test whose answer is not as the service's own OpenAPI document describes it: status, media type and every field. */
final class OpenApiCheck implements Filter {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<Integer, JsonNode> DOCUMENTS = new ConcurrentHashMap<>();

    @Override
    public Response filter(
            FilterableRequestSpecification request, FilterableResponseSpecification expected, FilterContext context) {
        Response response = context.next(request, expected);
        JsonNode document = DOCUMENTS.computeIfAbsent(RestAssured.port, port -> document());
        String path = URI.create(request.getURI().replaceAll("\\?.*", "")).getPath();
        List<String> problems = problems(document, request.getMethod(), path, response);
        if (!problems.isEmpty()) {
            throw new AssertionError(
                    request.getMethod() + " " + path + " -> " + response.statusCode() + ": " + problems);
        }
        return response;
    }

    private static JsonNode document() {
        try {
            return MAPPER.readTree(RestAssured.given()
                    .header("Authorization", "Bearer " + ApiKeysTest.ALICE)
                    .get("/q/openapi?format=json")
                    .asString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> problems(JsonNode document, String method, String path, Response response) {
        JsonNode operation = operation(document, path).path(method.toLowerCase(Locale.ROOT));
        if (operation.isMissingNode()) {
            return List.of();
        }
        JsonNode documented = operation.path("responses").path(Integer.toString(response.statusCode()));
        if (documented.isMissingNode()) {
            return List.of("the status is not documented");
        }
        byte[] body = response.asByteArray();
        String type = String.valueOf(response.contentType()).replaceFirst(";.*", "");
        JsonNode content = documented.path("content");
        if (body.length == 0 || content.isEmpty()) {
            return List.of();
        }
        if (!content.has(type)) {
            return List.of("the media type " + type + " is not documented");
        }
        List<String> problems = new ArrayList<>();
        if (type.equals("application/json")) {
            try {
                check(document, content.path(type).path("schema"), MAPPER.readTree(body), "$", problems);
            } catch (IOException e) {
                problems.add("not JSON");
            }
        }
        return problems;
    }

    /** What of a value is not as a schema says. */
    static List<String> fit(JsonNode document, JsonNode schema, JsonNode value) {
        List<String> problems = new ArrayList<>();
        check(document, schema, value, "$", problems);
        return problems;
    }

    /** The path that fits with the fewest variables. */
    private static JsonNode operation(JsonNode document, String path) {
        JsonNode best = document.path("no such path");
        int fewest = Integer.MAX_VALUE;
        for (Map.Entry<String, JsonNode> entry : document.path("paths").properties()) {
            int variables = entry.getKey().split("\\{", -1).length;
            if (path.matches(entry.getKey().replaceAll("\\{[^}]*}", "[^/]+")) && variables < fewest) {
                best = entry.getValue();
                fewest = variables;
            }
        }
        return best;
    }

    private static void check(JsonNode document, JsonNode schema, JsonNode value, String at, List<String> problems) {
        if (schema.has("$ref")) {
            String name = schema.path("$ref").asText().replaceFirst(".*/", "");
            check(document, document.path("components").path("schemas").path(name), value, at, problems);
            return;
        }
        for (String choice : new String[] {"anyOf", "oneOf"}) {
            if (schema.has(choice)) {
                boolean fits = false;
                for (JsonNode one : schema.path(choice)) {
                    List<String> tried = new ArrayList<>();
                    check(document, one, value, at, tried);
                    fits |= tried.isEmpty();
                }
                if (!fits) {
                    problems.add(at + " fits none of " + choice);
                }
            }
        }
        if (schema.has("type") && !isOneOf(schema.path("type"), value)) {
            problems.add(at + " is " + value.getNodeType() + ", documented as " + schema.path("type"));
            return;
        }
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                problems.add(at + " has no " + name.asText());
            }
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            JsonNode property = schema.path("properties").path(field.getKey());
            JsonNode further = schema.path("additionalProperties");
            String place = at + "." + field.getKey();
            if (!property.isMissingNode()) {
                check(document, property, field.getValue(), place, problems);
            } else if (further.isObject()) {
                check(document, further, field.getValue(), place, problems);
            } else if (schema.has("properties")) {
                problems.add(place + " is not documented");
            }
        }
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                check(document, schema.path("items"), value.get(i), at + "[" + i + "]", problems);
            }
        }
    }

    private static boolean isOneOf(JsonNode types, JsonNode value) {
        List<String> allowed = new ArrayList<>();
        if (types.isArray()) {
            types.forEach(type -> allowed.add(type.asText()));
        } else {
            allowed.add(types.asText());
        }
        return allowed.stream().anyMatch(type -> switch (type) {
            case "null" -> value.isNull();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> false;
        });
    }
}
