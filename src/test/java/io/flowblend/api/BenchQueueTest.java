package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.cli.FlowBlendCommand;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench queue} against a running service. */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class BenchQueueTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void timesEachRequestTwiceAndLeavesNothingBehind() throws Exception {
        int before = RestAssured.get("/v1/videos?limit=100").path("data.size()");
        Path file = folder.resolve("queue.json");
        String url = "http://localhost:" + RestAssured.port;
        assertEquals(
                0,
                FlowBlendCommand.run(
                        "bench",
                        "queue",
                        "--url",
                        url,
                        "--videos",
                        "12",
                        "--requests",
                        "3",
                        "--streams",
                        "20",
                        "--json",
                        file.toString()));
        JsonNode result = new ObjectMapper().readTree(file.toFile());
        List<String> requests = new ArrayList<>();
        for (JsonNode line : result.path("lines")) {
            requests.add(line.path("request").asText());
            assertTrue(line.path("ratio").asDouble() > 0, line.toString());
        }
        assertEquals(
                List.of(
                        "POST /v1/videos",
                        "GET /v1/videos?limit=1",
                        "GET /v1/videos?limit=100",
                        "GET /v1/videos/{id}",
                        "DELETE /v1/videos/{id}"),
                requests);
        assertEquals(20, result.path("streams").asInt());
        int after = RestAssured.get("/v1/videos?limit=100").path("data.size()");
        assertEquals(before, after);
    }

    @Test
    void saysThatNoServiceIsThere() {
        assertEquals(1, FlowBlendCommand.run("bench", "queue", "--url", "http://127.0.0.1:1"));
        assertEquals(2, FlowBlendCommand.run("bench", "queue", "--url", "nonsense"));
    }
}
