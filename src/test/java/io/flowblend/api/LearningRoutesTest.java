package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.observe.LogCapture;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.tuning.Profiles;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is known about a pair, calibrations, tuning profiles. */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class LearningRoutesTest {
    private static final String CALIBRATION = "/v1/pairs/synthetic/calibration";
    private static final String CALIBRATIONS = "/v1/pairs/synthetic/calibrations";

    @Inject
    SyntheticCatalog catalog;

    @ConfigProperty(name = "flowblend.profiles-directory")
    @SuppressWarnings("NullAway.Init")
    Path profiles;

    @AfterEach
    void asBefore() throws IOException {
        Files.deleteIfExists(profiles.resolve("mine.yaml"));
        Files.deleteIfExists(profiles.resolve("bad.yaml"));
        catalog.pipeline().replayed.drainPermits();
        activate("balanced").statusCode(200);
        api().delete(CALIBRATION).then().statusCode(200);
    }

    @Test
    void tellsWhatIsKnownAndWhatAQualityComesTo() throws IOException {
        put(shipped()).statusCode(200);

        api().get(CALIBRATION + "?quality=0.25")
                .then()
                .statusCode(200)
                .body("object", equalTo("calibration"))
                .body("pair", equalTo("synthetic"))
                .body("state", equalTo("ADAPTIVE"))
                .body("plan.quality", equalTo(0.25f))
                .body("plan.promise.deviation", equalTo(0.375f))
                .body("thresholds.threshold[0]", equalTo(0.75f))
                .body("counts.audits", equalTo(0))
                .body("audits.share", nullValue())
                .body("buckets", hasSize(1))
                .body("evidence.pair", equalTo("synthetic"));
        api().get(CALIBRATION + "?quality=2").then().statusCode(422).body("error.param", equalTo("quality"));
        api().get("/v1/pairs/nobody/calibration").then().statusCode(404).body("error.code", equalTo("pair_not_found"));
    }

    @Test
    void importsWhatItExportedAndForgetsIt() throws IOException {
        put(shipped()).statusCode(200);
        String exported = api().get(CALIBRATION + "/export")
                .then()
                .statusCode(200)
                .header("Content-Disposition", containsString("synthetic.json"))
                .extract()
                .asString();

        api().delete(CALIBRATION).then().statusCode(200).body("object", equalTo("calibration.deleted"));
        api().get(CALIBRATION).then().body("buckets", hasSize(0));
        put(exported).statusCode(200).body("buckets", hasSize(1));
        assertEquals(exported, api().get(CALIBRATION + "/export").asString());
    }

    @Test
    void importsAllOrNothingAndNamesTheField() throws IOException {
        put(shipped()).statusCode(200);
        String before = api().get(CALIBRATION + "/export").asString();

        put(before.replaceFirst("\"fingerprint\" : \"\"", "\"fingerprint\" : \"other weights\""))
                .statusCode(422)
                .body("error.param", equalTo("fingerprint"));
        put(before.replace("\"synthetic\"", "\"another\"")).statusCode(422).body("error.param", equalTo("pair"));
        put(before.replaceFirst("\"requests\"", "\"requets\""))
                .statusCode(422)
                .body("error.param", containsString("requests"));
        put(before.replaceFirst("\"requests\" : \\d+", "\"requests\" : \"many\""))
                .statusCode(422)
                .body("error.param", containsString("requests"));
        put(before.replaceFirst("\\{", "{\"extra\": 1,")).statusCode(422).body("error.param", equalTo("extra"));
        put("{}").statusCode(422).body("error.param", equalTo("pair"));
        put(before.substring(0, before.length() / 2)).statusCode(400).body("error.code", equalTo("malformed_body"));
        put("[1]").statusCode(400);
        assertEquals(before, api().get(CALIBRATION + "/export").asString());
    }

    @Test
    void calibratesBetweenTheVideos() throws InterruptedException {
        String id = api().contentType(ContentType.JSON)
                .body("{\"prompts\": [\"a\", \"b\"], \"samples\": 4}")
                .post(CALIBRATIONS)
                .then()
                .statusCode(200)
                .body("id", matchesPattern("calibration_[0-9A-Z]{26}"))
                .body("object", equalTo("calibration.job"))
                .body("pair", equalTo("synthetic"))
                .body("samples", equalTo(4))
                .extract()
                .path("id");
        start("{\"prompts\": [\"a\"]}").statusCode(409).body("error.code", equalTo("calibration_running"));

        catalog.pipeline().replayed.release(1);
        calibration(id, "in_progress");
        Videos.completed("a video in between");
        assertEquals("in_progress", calibration(id, "in_progress").getString("status"));

        catalog.pipeline().replayed.release(1_000_000);
        JsonPath done = calibration(id, "completed");
        assertEquals(100, done.getInt("progress"));
        assertEquals(4, done.getInt("measured"));
        assertEquals("ADAPTIVE", done.getString("pair_state"));
        api().get(CALIBRATIONS).then().statusCode(200).body("data[0].id", equalTo(id));
        api().get(CALIBRATION)
                .then()
                .body("counts.twins", greaterThan(0))
                .body("counts.promise_samples", greaterThan(0));
    }

    @Test
    void stopsACalibration() throws InterruptedException {
        String id =
                start("{\"prompts\": [\"a\", \"b\"], \"samples\": 4}").extract().path("id");
        catalog.pipeline().replayed.release(1);
        calibration(id, "in_progress");
        api().delete(CALIBRATIONS + "/" + id)
                .then()
                .statusCode(200)
                .body("status", equalTo("failed"))
                .body("error.code", equalTo("cancelled"));
        catalog.pipeline().replayed.release(1_000_000);
        String next = start("{\"prompts\": [\"a\", \"b\"], \"samples\": 4}")
                .statusCode(200)
                .extract()
                .path("id");
        calibration(next, "completed");
        assertEquals("failed", calibration(id, "failed").getString("status"));
        api().delete(CALIBRATIONS + "/calibration_x").then().statusCode(404);
    }

    @Test
    void refusesCalibrationsThatCannotBeDone() {
        start("{\"samples\": 3}").statusCode(422).body("error.param", equalTo("samples"));
        start("{\"prompts\": \"a\"}").statusCode(422).body("error.param", equalTo("prompts"));
        start("{\"prompts\": [\"a\", 5]}").statusCode(422).body("error.param", equalTo("prompts"));
        start("{\"prompts\": [\"a\", \"" + "b".repeat(5000) + "\"]}")
                .statusCode(422)
                .body("error.param", equalTo("prompts"))
                .body("error.message", containsString("prompts[1]"));
        start("{\"prompt\": \"a\"}").statusCode(422).body("error.param", equalTo("prompt"));
        start("{").statusCode(400);
        api().post("/v1/pairs/nobody/calibrations").then().statusCode(404);
        api().get(CALIBRATIONS + "/calibration_x").then().statusCode(404);
    }

    @Test
    void switchesTheProfileOfRequestsThatNameNone() {
        api().get("/v1/profiles")
                .then()
                .statusCode(200)
                .body("active", equalTo("balanced"))
                .body("problem", nullValue())
                .body("data.id", equalTo(java.util.List.of("balanced", "models-only", "quality", "shadow", "speed")))
                .body("data[0].active", equalTo(true))
                .body("data[0].settings.default_quality", notNullValue());
        activate("quality").statusCode(200).body("active", equalTo("quality"));
        activate("nonsense").statusCode(422).body("error.param", equalTo("profile"));
        api().contentType(ContentType.JSON)
                .body("{\"name\": \"speed\"}")
                .put("/v1/profiles/active")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("name"));
        api().get("/v1/profiles").then().body("active", equalTo("quality"));
    }

    @Test
    void takesOverChangedProfilesByItselfAndStaysWithTheOldOnesWhileOneIsBad() throws Exception {
        Files.writeString(profiles.resolve("mine.yaml"), balanced().replaceFirst("memory: \\d+", "memory: 5"));
        awaitMetric("flowblend_profiles_reloads_total{outcome=\"taken\"}");
        api().get("/v1/profiles").then().body("data.id", hasItem("mine"));
        activate("mine").statusCode(200);

        LogCapture refusals = LogCapture.of(Profiles.class.getName());
        Files.writeString(profiles.resolve("bad.yaml"), balanced().replaceFirst("memory: \\d+", "memory: 0"));
        Files.writeString(profiles.resolve("mine.yaml"), balanced().replaceFirst("memory: \\d+", "memory: 6"));
        api().get("/v1/profiles")
                .then()
                .body("problem", containsString("bad.yaml"))
                .body("problem", containsString("memory"))
                .body("data.find { it.id == 'mine' }.settings.memory", equalTo(5));
        Videos.operations()
                .get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'profiles' }.data.refused", containsString("bad.yaml"));
        awaitMetric("flowblend_profiles_reloads_total{outcome=\"refused\"}");
        assertEquals(1, refusals.lines().size(), "one line, however often the files are looked at");
        assertTrue(refusals.lines().get(0).text().contains("bad.yaml: 'memory' must be in 1..1000000, not 0"));
        assertTrue(metrics().contains("flowblend_profiles_stale 1.0"));
        refusals.close();

        Files.delete(profiles.resolve("bad.yaml"));
        api().get("/v1/profiles")
                .then()
                .body("problem", nullValue())
                .body("data.find { it.id == 'mine' }.settings.memory", equalTo(6));
    }

    @Test
    void measuresHowThePairStands() {
        String metrics = metrics();
        for (String name : new String[] {
            "flowblend_pair_state{pair=\"synthetic\",state=\"adaptive\"} 1.0",
            "flowblend_pair_state{pair=\"synthetic\",state=\"cold\"} 0.0",
            "flowblend_pair_drift{pair=\"synthetic\"}",
            "flowblend_pair_promise_coverage{pair=\"synthetic\"}",
            "flowblend_learning_share",
            "flowblend_compute_seconds_total{purpose=\"learning\"}"
        }) {
            assertTrue(metrics.contains(name), name + " is not in " + metrics);
        }
    }

    private static String metrics() {
        return Videos.operations().get("/q/metrics").asString();
    }

    private static void awaitMetric(String name) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            if (metrics().lines().anyMatch(line -> line.startsWith(name) && !line.endsWith(" 0.0"))) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError(name + " stays 0");
    }

    private static ValidatableResponse put(String json) {
        return api().contentType(ContentType.JSON).body(json).put(CALIBRATION).then();
    }

    private static ValidatableResponse start(String json) {
        return api().contentType(ContentType.JSON).body(json).post(CALIBRATIONS).then();
    }

    private static ValidatableResponse activate(String profile) {
        return api().contentType(ContentType.JSON)
                .body("{\"profile\": \"" + profile + "\"}")
                .put("/v1/profiles/active")
                .then();
    }

    private static JsonPath calibration(String id, String status) throws InterruptedException {
        for (int i = 0; i < 400; i++) {
            JsonPath job = api().get(CALIBRATIONS + "/" + id).jsonPath();
            if (job.getString("status").equals(status)) {
                return job;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError(id + " does not become " + status);
    }

    /** What is shipped for the built-in pair, as if it were the synthetic one's. */
    private static String shipped() throws IOException {
        return resource("/calibration-data/" + BuiltInPair.ID + ".json")
                .replace("\"" + BuiltInPair.ID + "\"", "\"synthetic\"")
                .replaceAll("\"fingerprint\" ?: ?\"[0-9a-f]*\"", "\"fingerprint\" : \"\"");
    }

    private static String balanced() throws IOException {
        return resource("/profiles/balanced.yaml");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = LearningRoutesTest.class.getResourceAsStream(name)) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
