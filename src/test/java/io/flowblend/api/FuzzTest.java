package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.api.observe.LogCapture;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/**
 * Requests that are made up from the service's own OpenAPI document: whatever is sent, no answer is the service's fault, no
 * stack trace is shown or logged, and no video is stuck. {@code mvn test -Dtest=FuzzTest -Dfuzz.requests=10000}
 * sends more of them, {@code -Dfuzz.seed=N} others.
 */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class FuzzTest {
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 300);
    private static final long SEED = Long.getLong("fuzz.seed", 1);

    /** Requests between two clearings of the queue. */
    private static final int ROUND = 25;

    private static final String BOUNDARY = "fuzz";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete");

    /** Values of JSON as they stand. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "-1",
            "0.5",
            "17",
            "64",
            "16.5",
            "1e30",
            "1e999999999",
            "-0.0",
            "18446744073709551615",
            "99999999999999999999999",
            "\"\"",
            "\" \"",
            "\"a\"",
            "\"64x64\"",
            "\"1\"",
            "\"0.5\"",
            "\"balanced\"",
            "\"exact\"",
            "\"LSL\"",
            "\"LLLSSSSL\"",
            "\"static\"",
            "\"synthetic\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\u202e\\u0007\"",
            "\"NaN\"",
            "\"https://10.0.0.1/\"",
            "\"data:image/png;base64,AAAA\"",
            "[]",
            "{}",
            "[[[[]]]]",
            "{\"a\": {\"b\": [null]}}",
            "[1, \"a\", null]");

    private static final List<String> TEXTS = List.of(
            "",
            "0",
            "1",
            "-1",
            "100",
            "101",
            "asc",
            "desc",
            "video",
            "thumbnail",
            "a",
            "synthetic",
            "1e9",
            "NaN",
            "%",
            "../../etc/passwd",
            "' or 1=1 --",
            "<script>",
            "\u00e4\u4e2d",
            "0-5",
            "end",
            "*",
            "\"x\"",
            "bytes=0-9",
            "bytes=9-0",
            "bytes=-1",
            "x".repeat(300),
            "video_00000000000000000000000000");

    private static final List<String> BODIES = List.of(
            "", "{", "[]", "null", "{\"prompt\": \"a\"} {}", "\u0000", "--x\r\n", "{\"a\":".repeat(500), "\ufeff{}");

    private static final List<String> TYPES = List.of(
            "application/json",
            "application/json;charset=utf-8",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/xml",
            "a/b",
            "application/json; charset=no-such");

    private record Route(String method, String path, JsonNode operation) {}

    @Inject
    SyntheticCatalog catalog;

    private final Random random = new Random(SEED);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> ids = new ArrayList<>();

    @Test
    void whateverIsSentNoAnswerIsTheServicesFault() throws Exception {
        catalog.pipeline().replayed.release(1_000_000);
        JsonNode document =
                MAPPER.readTree(RestAssured.get("/q/openapi?format=json").asString());
        List<Route> routes = routes(document);
        int accepted = 0;
        try (LogCapture log = LogCapture.of("")) {
            for (int i = 0; i < REQUESTS; i++) {
                HttpRequest request = request(document, pick(routes));
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                String what = "seed " + SEED + ", request " + i + ": " + request.method() + " " + request.uri() + " -> "
                        + answer.statusCode() + " " + answer.body();
                assertTrue(answer.statusCode() < 500, what);
                assertTrue(
                        !answer.body().contains("Exception") && !answer.body().contains("\tat "), what);
                accepted += answer.statusCode() < 300 ? 1 : 0;
                remember(answer.body());
                if (i % ROUND == ROUND - 1) {
                    clear();
                }
            }
            clear();
            assertEquals(
                    List.of(),
                    log.lines().stream()
                            .filter(line -> line.level().intValue() >= Level.SEVERE.intValue())
                            .toList());
        }
        assertTrue(accepted > REQUESTS / 20, accepted + " of " + REQUESTS + " requests were taken");
        assertEquals("completed", Videos.finished(Videos.queued("a red seven")).getString("status"));
    }

    private static List<Route> routes(JsonNode document) {
        List<Route> routes = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                // What changes the service for the tests after this one has tests of its own.
                if (METHODS.contains(operation.getKey()) && !path.getKey().startsWith("/v1/profiles")) {
                    routes.add(new Route(operation.getKey(), path.getKey(), operation.getValue()));
                }
            }
        }
        return routes;
    }

    private HttpRequest request(JsonNode document, Route route) {
        String path = route.path().replace("{id}", often() && !ids.isEmpty() ? pick(ids) : encoded(pick(TEXTS)));
        path = path.replace("{pair}", often() ? "synthetic" : encoded(pick(TEXTS)));
        List<String> query = new ArrayList<>();
        String method =
                often() ? route.method().toUpperCase(Locale.ROOT) : pick(List.of("GET", "POST", "PUT", "DELETE"));
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(60));
        for (JsonNode parameter : route.operation().path("parameters")) {
            String name = parameter.path("name").asText();
            if (parameter.path("in").asText().equals("query") && random.nextBoolean()) {
                query.add(name + "=" + encoded(pick(TEXTS)));
            } else if (parameter.path("in").asText().equals("header") && random.nextBoolean()) {
                request.header(name, pick(TEXTS).replaceAll("[^\\x20-\\x7e]", "?"));
            }
        }
        boolean takesBody = route.operation().has("requestBody");
        boolean sendsBody = takesBody ? often() : !often();
        String body = "";
        if (sendsBody) {
            boolean form = takesBody && random.nextInt(4) == 0;
            String usual = form ? "multipart/form-data; boundary=" + BOUNDARY : "application/json";
            request.header("Content-Type", takesBody && often() ? usual : pick(TYPES));
            body = body(document, route, form);
        }
        return request.uri(URI.create("http://localhost:" + RestAssured.port + path
                        + (query.isEmpty() ? "" : "?" + String.join("&", query))))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** A few fields of those that are documented, each with any value. */
    private String body(JsonNode document, Route route, boolean form) {
        if (!often()) {
            return pick(BODIES);
        }
        JsonNode properties = resolve(
                        document,
                        resolve(document, route.operation().path("requestBody"))
                                .path("content")
                                .path("application/json")
                                .path("schema"))
                .path("properties");
        List<String> names = new ArrayList<>();
        properties.fieldNames().forEachRemaining(names::add);
        ObjectNode body = MAPPER.createObjectNode();
        if (often()) {
            body.put("prompt", "a red seven");
        }
        for (int i = random.nextInt(3); i > 0 && !names.isEmpty(); i--) {
            String name = often() ? pick(names) : pick(TEXTS);
            body.putRawValue(name, new com.fasterxml.jackson.databind.util.RawValue(pick(VALUES)));
        }
        return form ? form(body) : body.toString();
    }

    private String form(ObjectNode fields) {
        StringBuilder parts = new StringBuilder();
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            JsonNode value = field.getValue();
            parts.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"")
                    .append(field.getKey().replace("\"", "'"))
                    .append(often() ? "\"" : "\"; filename=\"f\"")
                    .append(often() ? "" : "\r\nContent-Type: " + pick(TYPES))
                    .append("\r\n\r\n")
                    .append(value.isTextual() ? value.textValue() : value.toString())
                    .append("\r\n");
        }
        return parts + (often() ? "--" + BOUNDARY + "--\r\n" : "");
    }

    private static JsonNode resolve(JsonNode document, JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private void remember(String body) {
        int at = body.indexOf("\"id\":\"video_");
        if (at >= 0 && body.length() >= at + 38) {
            ids.add(body.substring(at + 6, at + 38));
        }
    }

    /** Waits for the end of all videos, of which none may be stuck, and deletes them. */
    private void clear() throws Exception {
        for (String id : new LinkedHashSet<>(ids)) {
            if (RestAssured.get("/v1/videos/" + id).statusCode() == 200) {
                Videos.finished(id);
            }
        }
        ids.clear();
        List<String> left = RestAssured.get("/v1/videos?limit=100").jsonPath().getList("data.id");
        while (!left.isEmpty()) {
            for (String id : left) {
                RestAssured.delete("/v1/videos/" + id).then().statusCode(200);
            }
            left = RestAssured.get("/v1/videos?limit=100").jsonPath().getList("data.id");
        }
    }

    private boolean often() {
        return random.nextInt(8) > 0;
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private static String encoded(String text) {
        return text.isEmpty()
                ? "x"
                : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
