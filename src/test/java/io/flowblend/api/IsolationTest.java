package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** No route that the service documents lets one key see, change or infer another's video. */
@QuarkusTest
@TestProfile(ApiKeysTest.Keys.class)
class IsolationTest {
    private static final String PROMPT = "a secret of alice";
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete", "head", "patch");

    private record Route(String method, String path) {}

    @Test
    void everyDocumentedRouteTreatsAnothersVideoAsIfItWereNotThere() throws Exception {
        String id = with(ApiKeysTest.ALICE)
                .contentType(ContentType.JSON)
                .body("{\"prompt\": \"" + PROMPT + "\"}")
                .header("Idempotency-Key", "alice-1")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");
        while (!videoOfAlice(id).path("status").asText().equals("completed")) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        JsonNode before = videoOfAlice(id);
        List<Route> ofVideos = routes().stream()
                .filter(route -> route.path().startsWith("/v1/videos/{id}"))
                .toList();
        assertTrue(ofVideos.size() >= 8, ofVideos.toString());
        for (Route route : routes()) {
            String path = route.path().replace("{id}", id).replace("{pair}", "synthetic");
            Response answer = call(route, path);
            String what = route + " -> " + answer.statusCode() + " " + answer.asString();
            assertFalse(answer.asString().contains(PROMPT), what);
            if (ofVideos.contains(route)) {
                assertEquals(404, answer.statusCode(), what);
                // As that of a video that never was, but for its id.
                String never = "video_00000000000000000000000000";
                Response other = call(route, route.path().replace("{id}", never));
                assertEquals(other.asString().replace(never, id), answer.asString());
            } else {
                assertFalse(answer.asString().contains(id), what);
            }
        }
        assertEquals(before, videoOfAlice(id));
        // A key of hers says nothing of her video to him.
        String his = with(ApiKeysTest.BOB)
                .contentType(ContentType.JSON)
                .body("{\"prompt\": \"" + PROMPT + "\"}")
                .header("Idempotency-Key", "alice-1")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");
        assertFalse(his.equals(id));
        with(ApiKeysTest.BOB).delete("/v1/videos/" + his).then().statusCode(200);
        with(ApiKeysTest.ALICE).delete("/v1/videos/" + id).then().statusCode(200);
    }

    private static List<Route> routes() throws Exception {
        JsonNode document = new ObjectMapper()
                .readTree(with(ApiKeysTest.BOB).get("/q/openapi?format=json").asString());
        List<Route> routes = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                // What would wait for a video of his own is another test's.
                if (METHODS.contains(operation.getKey()) && !path.getKey().equals("/v1/videos/sync")) {
                    routes.add(new Route(operation.getKey(), path.getKey()));
                }
            }
        }
        return routes;
    }

    private static Response call(Route route, String path) {
        RequestSpecification request = with(ApiKeysTest.BOB);
        if (Set.of("post", "put", "patch").contains(route.method())) {
            request = request.contentType(ContentType.JSON).body("{\"prompt\": \"b\"}");
        }
        return request.request(route.method().toUpperCase(Locale.ROOT), path);
    }

    private static JsonNode videoOfAlice(String id) throws Exception {
        return new ObjectMapper()
                .readTree(with(ApiKeysTest.ALICE).get("/v1/videos/" + id).asString());
    }

    private static RequestSpecification with(String key) {
        return api().header("Authorization", "Bearer " + key);
    }
}
