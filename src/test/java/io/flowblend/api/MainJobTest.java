package io.flowblend.api;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.observe.WarmUp;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.quality.DigitAdherence;
import io.flowblend.quality.DigitCaption;
import io.flowblend.video.DecodedVideo;
import io.flowblend.video.VideoReader;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job on real input: the service as it ships, the built-in pair, a prompt, an MP4. */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class MainJobTest {
    private static final String PROMPT = "a red seven moves left fast";

    @Inject
    WarmUp warmUp;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** No stand-ins. */
    public static class AsShipped implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.arc.exclude-types",
                    "io.flowblend.api.SyntheticCatalog",
                    "flowblend.data-directory",
                    "target/main-job-data");
        }
    }

    @Test
    void promptBecomesAVideoThatShowsIt() throws Exception {
        String id = given().contentType(ContentType.JSON)
                .body(Map.of("prompt", PROMPT, "num_inference_steps", 20, "seed", 1, "quality", 0.3))
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .body("status", equalTo("queued"))
                .extract()
                .path("id");

        JsonPath video = finished(id);
        assertEquals("completed", video.getString("status"), video.prettify());
        assertEquals(BuiltInPair.ID, video.getString("model"));
        String schedule = video.getString("flowblend.schedule");
        assertEquals(20, schedule.length());
        assertTrue(schedule.contains("L") && !schedule.equals("L".repeat(20)), schedule);
        assertEquals(List.of(), video.getList("flowblend.warnings"));
        assertTrue(
                video.getDouble("flowblend.compute.tflops") < video.getDouble("flowblend.compute.large_only_tflops"));

        given().get("/v1/videos/{id}/trace", id)
                .then()
                .statusCode(200)
                .body("steps", hasSize(20))
                .body("steps[0].source", equalTo("large"))
                .body("steps[0].reason", equalTo("head"));

        assertShowsThePrompt(given().get("/v1/videos/{id}/content", id)
                .then()
                .statusCode(200)
                .contentType("video/mp4")
                .extract()
                .asByteArray());
        Videos.operations().get("/q/metrics").then().statusCode(200).body(equalToMetric());
    }

    @Test
    void pairIsWarmedBeforeItIsReady() throws InterruptedException {
        warmUp.join();
        Videos.operations()
                .get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'warm-up' }.data." + BuiltInPair.ID, equalTo("warmed"));
        given().get("/v1/models")
                .then()
                .body("data.size()", greaterThan(0))
                .body("data[0].id", equalTo(BuiltInPair.ID))
                .body("data[0].flowblend.state", equalTo("ADAPTIVE"))
                .body("data[0].flowblend.vocabulary[0]", hasItem("red"))
                .body("data[0].flowblend.examples", hasItem(PROMPT));
    }

    @Test
    void wordsThatThePairDoesNotKnowAreAWarningAndNoRefusal() {
        given().contentType(ContentType.JSON)
                .body(Map.of("prompt", "a purple seven moves left fast", "num_inference_steps", 1))
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .body("flowblend.warnings", hasSize(1))
                .body("flowblend.warnings[0]", containsString("'purple'"));
    }

    private static org.hamcrest.Matcher<String> equalToMetric() {
        return org.hamcrest.Matchers.containsString("flowblend_steps_total");
    }

    private void assertShowsThePrompt(byte[] mp4) throws IOException {
        Path file = folder.resolve("video.mp4");
        Files.write(file, mp4);
        DecodedVideo video = VideoReader.read(file);
        assertEquals("h264", video.codec());
        PairSpec.Video usual = PairCopies.spec().video();
        assertEquals(usual.frames(), video.frames().count());
        assertEquals(usual.width(), video.frames().width());
        assertEquals(PROMPT, video.metadata().get("title"));
        DigitAdherence adherence = DigitAdherence.measure(
                video.frames(), DigitCaption.parse(PROMPT).get(0));
        assertTrue(adherence.colour() && adherence.direction() && adherence.speed(), adherence.toString());
    }

    private static JsonPath finished(String id) throws InterruptedException {
        for (int i = 0; i < 1200; i++) {
            JsonPath video = given().get("/v1/videos/{id}", id)
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            if (video.getString("status").equals("completed")
                    || video.getString("status").equals("failed")) {
                return video;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("the video is not finished after two minutes");
    }
}
