package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The OpenAPI document leaves no question open: every field, range, name and route of it is looked at. */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class OpenApiDocumentTest {
    private static final Path RESOURCES = Path.of("src/main/resources/openapi");
    /** Numbers that may be any. */
    private static final Set<String> ANY = Set.of("gain", "statistic", "limit", "flow_shift");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @SuppressWarnings("NullAway.Init")
    private JsonNode document;

    /** One field of a named schema. */
    private record Field(String schema, String name, JsonNode value) {
        @Override
        public String toString() {
            return schema + "." + name;
        }

        boolean isNumber() {
            String types = value.path("type").toString();
            return types.contains("integer") || types.contains("number");
        }
    }

    @BeforeEach
    void read() throws IOException {
        document = MAPPER.readTree(Videos.api().get("/q/openapi?format=json").asString());
    }

    private List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        document.path("components").path("schemas").properties().forEach(schema -> schema.getValue()
                .path("properties")
                .properties()
                .forEach(field -> fields.add(new Field(schema.getKey(), field.getKey(), field.getValue()))));
        return fields;
    }

    @Test
    void everyFieldSaysWhatItIsAndEveryNumberItsRange() {
        List<String> undescribed = fields().stream()
                .filter(field -> field.value().path("description").asText().isBlank())
                .map(Field::toString)
                .toList();
        assertEquals(List.of(), undescribed);
        List<String> unbounded = fields().stream()
                .filter(Field::isNumber)
                .filter(field -> !field.value().has("minimum") && !ANY.contains(field.name()))
                .map(Field::toString)
                .toList();
        assertEquals(List.of(), unbounded);
        assertTrue(fields().size() > 200, fields().size() + " fields");
    }

    @Test
    void everyLineOfTheDescriptionsIsOfAFieldThatIsThere() throws IOException {
        Properties lines = new Properties();
        lines.load(Files.newBufferedReader(RESOURCES.resolve("fields.properties"), StandardCharsets.UTF_8));
        Set<String> stale = new TreeSet<>(lines.stringPropertyNames());
        fields().forEach(field -> {
            stale.remove(field.toString());
            stale.remove("*." + field.name());
        });
        assertEquals(Set.of(), stale);
    }

    @Test
    void noSchemaHasANameThatWasMadeUp() {
        document.path("components")
                .path("schemas")
                .fieldNames()
                .forEachRemaining(name -> assertTrue(name.matches("[A-Z][A-Za-z]+"), name));
    }

    @Test
    void everyRouteHasASummaryAndAnExampleThatFits() throws IOException {
        Set<String> unused = new TreeSet<>();
        MAPPER.readTree(RESOURCES.resolve("examples.json").toFile())
                .fieldNames()
                .forEachRemaining(unused::add);
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                String route = operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey();
                if (!path.getKey().startsWith("/v1/") || !operation.getValue().has("responses")) {
                    continue;
                }
                unused.remove(route);
                problems.addAll(problems(route, operation.getValue()));
            }
        }
        assertEquals(List.of(), problems);
        assertEquals(Set.of(), unused, "examples of routes that are not there");
    }

    private List<String> problems(String route, JsonNode operation) {
        List<String> problems = new ArrayList<>();
        if (operation.path("summary").asText().isBlank()) {
            problems.add(route + " has no summary");
        }
        JsonNode body = operation.path("requestBody");
        JsonNode asked = (body.has("$ref")
                        ? document.at(body.path("$ref").asText().substring(1))
                        : body)
                .path("content")
                .path("application/json");
        JsonNode answered =
                operation.path("responses").path("200").path("content").path("application/json");
        for (JsonNode media : List.of(asked, answered)) {
            if (media.has("example")) {
                OpenApiCheck.fit(document, media.path("schema"), media.path("example"))
                        .forEach(problem -> problems.add(route + ": the example's " + problem));
            } else if (media.has("schema")) {
                problems.add(route + " has no example of its " + (media.equals(asked) ? "request" : "answer"));
            }
        }
        return problems;
    }
}
