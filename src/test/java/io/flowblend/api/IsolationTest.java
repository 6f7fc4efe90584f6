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
import io.restassured.http.Header;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** No route that the service documents lets one key see, change or infer another's video, whatever state that is in. */
@QuarkusTest
@TestProfile(ApiKeysTest.Keys.class)
class IsolationTest {
    private static final String SECRET = "a secret of alice";
    private static final String NEVER = "video_00000000000000000000000000";
    private static final Set<String> WITH_BODY = Set.of("post", "put", "patch");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private record Route(String method, String path) {
        String of(String id) {
            return path.replace("{id}", id).replace("{pair}", "synthetic").replace("{profile}", "balanced");
        }
    }

    @Inject
    SyntheticCatalog catalog;

    @Test
    void everyDocumentedRouteTreatsAnothersVideoAsIfItWereNotThere() throws Exception {
        List<Route> routes = routes();
        List<Route> ofVideos = routes.stream()
                .filter(route -> route.path().startsWith("/v1/videos/{id}"))
                .toList();
        assertTrue(ofVideos.size() >= 8, ofVideos.toString());
        String completed = submit(ApiKeysTest.ALICE, SECRET, "alice-1");
        await(completed, "completed");
        String running = submit(ApiKeysTest.ALICE, SECRET + " hold", "alice-2");
        await(running, "in_progress");
        String queued = submit(ApiKeysTest.ALICE, SECRET + " hold", "alice-3");
        List<String> hers = List.of(completed, running, queued);
        List<JsonNode> before = videos(hers);

        for (Route route : routes) {
            Map<String, String> never = answer(route, NEVER);
            if (ofVideos.contains(route)) {
                assertEquals("404", never.get("status"), route + ": " + never);
            }
            for (String id : hers) {
                // As that of a video that never was, but for its id.
                assertEquals(never, answer(route, id), route.toString());
            }
            assertFalse(hers.stream().anyMatch(never.toString()::contains), route + ": " + never);
            assertFalse(never.toString().contains(SECRET), route + ": " + never);
        }
        for (String id : hers) {
            String page = "/v1/videos?order=asc&after=";
            assertEquals(
                    with(ApiKeysTest.BOB).get(page + NEVER).path("data.size()").toString(),
                    with(ApiKeysTest.BOB).get(page + id).path("data.size()").toString());
        }
        assertEquals(before, videos(hers));

        with(ApiKeysTest.ALICE).delete("/v1/videos/" + queued).then().statusCode(200);
        // A key of hers says nothing of her video to him.
        String his = submit(ApiKeysTest.BOB, SECRET, "alice-1");
        assertFalse(hers.contains(his));
        for (String id : List.of(completed, running)) {
            with(ApiKeysTest.ALICE).delete("/v1/videos/" + id).then().statusCode(200);
        }
        with(ApiKeysTest.BOB).delete("/v1/videos/" + his).then().statusCode(200);
        catalog.pipeline().permits.release(1);
    }

    /** Status, headers and body, without what differs from answer to answer, and with another id in place of the video's. */
    private static Map<String, String> answer(Route route, String id) {
        Response answer = call(route, id);
        Map<String, String> told = new TreeMap<>();
        for (Header header : answer.headers()) {
            told.put(header.getName().toLowerCase(Locale.ROOT), header.getValue());
        }
        told.remove("x-request-id");
        told.remove("date");
        told.put("status", Integer.toString(answer.statusCode()));
        told.put("body", answer.asString().replace(id, "ID"));
        return told;
    }

    private static List<Route> routes() throws Exception {
        JsonNode document = MAPPER.readTree(
                with(ApiKeysTest.BOB).get("/q/openapi?format=json").asString());
        List<Route> routes = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                // Those two would queue a video of his own, which waits here for hers.
                boolean submits = operation.getKey().equals("post")
                        && Set.of("/v1/videos", "/v1/videos/sync").contains(path.getKey());
                if (Set.of("get", "post", "put", "delete", "head", "patch").contains(operation.getKey()) && !submits) {
                    routes.add(new Route(operation.getKey(), path.getKey()));
                }
            }
        }
        return routes;
    }

    private static Response call(Route route, String id) {
        RequestSpecification request = with(ApiKeysTest.BOB);
        if (WITH_BODY.contains(route.method())) {
            request = request.contentType(ContentType.JSON).body("{\"prompt\": \"b\"}");
        }
        return request.request(route.method().toUpperCase(Locale.ROOT), route.of(id));
    }

    private static String submit(String key, String prompt, String idempotencyKey) {
        return with(key)
                .contentType(ContentType.JSON)
                .body("{\"prompt\": \"" + prompt + "\"}")
                .header("Idempotency-Key", idempotencyKey)
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");
    }

    private static void await(String id, String status) throws Exception {
        while (!video(id).path("status").asText().equals(status)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static List<JsonNode> videos(List<String> ids) throws Exception {
        List<JsonNode> videos = new ArrayList<>();
        for (String id : ids) {
            videos.add(video(id));
        }
        return videos;
    }

    private static JsonNode video(String id) throws Exception {
        return MAPPER.readTree(with(ApiKeysTest.ALICE).get("/v1/videos/" + id).asString());
    }

    private static RequestSpecification with(String key) {
        return api().header("Authorization", "Bearer " + key);
    }
}
