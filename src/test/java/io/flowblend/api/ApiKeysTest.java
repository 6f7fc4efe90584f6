package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The service with two keys: one from the configuration, one from a file. */
@QuarkusTest
@TestProfile(ApiKeysTest.Keys.class)
class ApiKeysTest {
    static final String ALICE = "alice-s-secret";
    static final String BOB = "bob-s-secret";

    public static class Keys extends SyntheticCatalog.Profile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "flowblend.api-keys.alice.sha256",
                    sha256(ALICE),
                    "flowblend.api-keys.alice.role",
                    "admin",
                    "flowblend.api-keys-file",
                    keysFile(),
                    "flowblend.queue.limit",
                    "1");
        }

        private static String keysFile() {
            try {
                Path file = Files.createTempFile(Files.createDirectories(Path.of("target")), "keys", ".txt");
                Files.writeString(file, "# name role sha256\n\nbob user " + sha256(BOB) + "\n");
                return file.toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String sha256(String key) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(hash);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Inject
    SyntheticCatalog catalog;

    @Test
    void letsNobodyInWithoutAKey() {
        for (String path : List.of("/v1/videos", "/v1/models", "/v1/nothing", "/nothing")) {
            api().get(path)
                    .then()
                    .statusCode(401)
                    .header("WWW-Authenticate", containsString("Bearer"))
                    .body("error.code", equalTo("missing_api_key"));
            api().header("Authorization", "Bearer wrong")
                    .get(path)
                    .then()
                    .statusCode(401)
                    .body("error.code", equalTo("invalid_api_key"));
            api().header("Authorization", "Basic YTpi").get(path).then().statusCode(401);
        }
    }

    @Test
    void letsOnlyAdminsOperateTheService() {
        for (String path : List.of("/v1/profiles/active", "/v1/pairs/synthetic/calibration")) {
            with(BOB)
                    .contentType("application/json")
                    .body("{}")
                    .put(path)
                    .then()
                    .statusCode(403)
                    .body("error.code", equalTo("admin_only"));
            with(ALICE)
                    .contentType("application/json")
                    .body("{}")
                    .put(path)
                    .then()
                    .statusCode(422);
        }
        with(BOB).delete("/v1/pairs/synthetic/calibration").then().statusCode(403);
        with(BOB).post("/v1/pairs/synthetic/calibrations").then().statusCode(403);
        with(BOB)
                .contentType("application/json")
                .body("{}")
                .put("/v1/profiles/mine")
                .then()
                .statusCode(403);
        with(BOB)
                .contentType("application/json")
                .body("{}")
                .post("/v1/profiles/what-if")
                .then()
                .statusCode(403);
        for (String path :
                List.of("/v1/profiles", "/v1/pairs/synthetic/calibration", "/v1/pairs/synthetic/calibrations")) {
            with(BOB).get(path).then().statusCode(200);
        }
    }

    @Test
    void keepsThePageAndLocalOperationsOpen() {
        for (String path : List.of("/", "/app.js", "/health", "/q/openapi")) {
            api().get(path).then().statusCode(200);
        }
        for (String path : List.of("/q/health", "/q/health/live", "/q/metrics")) {
            Videos.operations().get(path).then().statusCode(200);
        }
    }

    @Test
    void hidesEachOwnersVideosFromTheOther() {
        String id = with(ALICE)
                .multiPart("prompt", "a")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");

        with(ALICE).get("/v1/videos/" + id).then().statusCode(200);
        with(BOB).get("/v1/videos/" + id).then().statusCode(404).body("error.code", equalTo("video_not_found"));
        for (String route : List.of("/trace", "/content")) {
            with(BOB).get("/v1/videos/" + id + route).then().statusCode(404);
        }
        with(BOB).post("/v1/videos/" + id + "/cancel").then().statusCode(404);
        with(BOB)
                .contentType("application/json")
                .body("{\"prompt\": \"b\"}")
                .post("/v1/videos/" + id + "/remix")
                .then()
                .statusCode(404);
        with(BOB).delete("/v1/videos/" + id).then().statusCode(404);
        with(BOB).get("/v1/videos").then().body("data.id", equalTo(List.of()));
        with(ALICE).delete("/v1/videos/" + id).then().statusCode(200);
    }

    @Test
    void refusesMoreVideosThanMayWaitAndSaysWhenToComeBack() throws InterruptedException {
        String running =
                with(ALICE).multiPart("prompt", "hold").post("/v1/videos").path("id");
        while (!with(ALICE)
                .get("/v1/videos/" + running)
                .jsonPath()
                .getString("status")
                .equals("in_progress")) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        String waiting = with(ALICE)
                .multiPart("prompt", "hold")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");

        String retryAfter = with(BOB)
                .multiPart("prompt", "b")
                .post("/v1/videos")
                .then()
                .statusCode(429)
                .body("error.code", equalTo("queue_full"))
                .body("error.type", equalTo("rate_limit_error"))
                .extract()
                .header("Retry-After");
        assertTrue(Integer.parseInt(retryAfter) >= 1);

        with(ALICE).delete("/v1/videos/" + waiting).then().statusCode(200);
        with(ALICE).delete("/v1/videos/" + running).then().statusCode(200);
        catalog.pipeline().permits.release(1);
    }

    private static RequestSpecification with(String key) {
        return api().header("Authorization", "Bearer " + key);
    }
}
