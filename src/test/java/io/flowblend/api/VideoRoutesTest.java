package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.observe.LogCapture;
import io.flowblend.api.observe.VideoLog;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.builder.MultiPartSpecBuilder;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the video routes do when all goes well. */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class VideoRoutesTest {
    private static final Set<String> FIELDS = Set.of(
            "id",
            "object",
            "model",
            "status",
            "progress",
            "created_at",
            "started_at",
            "completed_at",
            "expires_at",
            "prompt",
            "size",
            "seconds",
            "num_frames",
            "fps",
            "guidance_scale_2",
            "boundary_ratio",
            "seed",
            "num_inference_steps",
            "guidance_scale",
            "remixed_from_video_id",
            "queue_position",
            "inference_time_s",
            "stage_durations",
            "peak_memory_mb",
            "error",
            "flowblend");
    private static final Set<String> BLEND_FIELDS = Set.of(
            "policy",
            "pair_state",
            "profile",
            "quality",
            "promise",
            "predicted_deviation",
            "schedule",
            "large_steps",
            "small_steps",
            "probe_steps",
            "fallback",
            "compute",
            "speedup",
            "ignored",
            "adjusted",
            "warnings");

    @Inject
    SyntheticCatalog catalog;

    @Test
    void answersAQueuedVideoWithExactlyTheFieldsOfTheContract() {
        JsonPath video = Videos.post("{\"prompt\": \"a red seven\", \"user\": \"me\"}")
                .statusCode(200)
                .body("object", equalTo("video"))
                .body("id", matchesPattern("video_[0-9A-Z]{26}"))
                .body("flowblend.ignored", equalTo(List.of("user")))
                .extract()
                .jsonPath();

        assertEquals(FIELDS, video.getMap("$").keySet());
        assertEquals(BLEND_FIELDS, video.getMap("flowblend").keySet());
    }

    @Test
    void tellsOfAFinishedVideoWhatTheModelsDid() throws InterruptedException {
        String id = Videos.completed("a red seven");

        Response response = api().get("/v1/videos/" + id);
        response.then()
                .header("openai-poll-after-ms", nullValue())
                .body("status", equalTo("completed"))
                .body("progress", equalTo(100))
                .body("size", equalTo("64x64"))
                .body("seconds", equalTo("1.0625"))
                .body("completed_at", notNullValue())
                .body(
                        "stage_durations.keySet()",
                        hasItems("queue", "text_encode", "large", "small", "probe", "decode", "encode"))
                .body("peak_memory_mb", equalTo(100))
                .body("flowblend.schedule", equalTo("LPSSSSSL"))
                .body("flowblend.large_steps", equalTo(2))
                .body("flowblend.small_steps", equalTo(5))
                .body("flowblend.probe_steps", equalTo(1))
                .body("flowblend.pair_state", equalTo("ADAPTIVE"))
                .body("flowblend.speedup", equalTo(1.6f))
                .body("flowblend.compute.tflops", equalTo(0.004f))
                .body("flowblend.compute.large_only_tflops", equalTo(0.008f))
                .body("flowblend.fallback", nullValue());
    }

    @Test
    void namesTheFallback() throws InterruptedException {
        Videos.finished(Videos.queued("please fall back"));

        String id = Videos.completed("please fall back");
        api().get("/v1/videos/" + id)
                .then()
                .body("flowblend.fallback", equalTo(Map.of("reason", "drift", "step", 3, "to", "stored_profile")));
    }

    @Test
    void saysWhenToAskAgainAndShowsTheStepsSoFarWhileAVideoIsMade() throws InterruptedException {
        String running = Videos.queued("hold it");
        String waiting = Videos.queued("wait for it");
        catalog.pipeline().permits.release(3);
        JsonPath video = Videos.await(running, "in_progress");
        while (video.getString("flowblend.schedule").length() < 3) {
            video = Videos.get(running);
        }

        assertEquals("LPS", video.getString("flowblend.schedule"));
        assertTrue(video.getInt("progress") < 100);
        int wait = Integer.parseInt(api().get("/v1/videos/" + running).header("openai-poll-after-ms"));
        assertTrue(wait >= 100 && wait <= 10_000, "poll after " + wait);
        api().get("/v1/videos/" + running + "/trace").then().body("steps", hasSize(3));
        api().get("/v1/videos/" + waiting).then().body("queue_position", equalTo(1));
        api().get("/v1/videos/" + running + "/content")
                .then()
                .statusCode(409)
                .body("error.code", equalTo("video_not_ready"));

        catalog.pipeline().permits.release(5);
        assertEquals("completed", Videos.finished(running).getString("status"));
        assertEquals("completed", Videos.finished(waiting).getString("status"));
    }

    @Test
    void cancelsARunningVideoBetweenTwoSteps() throws InterruptedException {
        String id = Videos.queued("hold it");
        Videos.await(id, "in_progress");

        api().post("/v1/videos/" + id + "/cancel").then().statusCode(200);
        catalog.pipeline().permits.release(1);
        Videos.finished(id);

        api().get("/v1/videos/" + id).then().body("status", equalTo("failed")).body("error.code", equalTo("cancelled"));
        api().get("/v1/videos/" + id + "/content")
                .then()
                .statusCode(409)
                .body("error.code", equalTo("video_not_ready"));
        catalog.pipeline().permits.drainPermits();
    }

    @Test
    void tellsAFailureInItsOwnWordsAndAnUnexpectedOneInNone() throws InterruptedException {
        assertEquals("non_finite_output", Videos.finished(Videos.queued("fail")).getString("error.code"));

        JsonPath crashed = Videos.finished(Videos.queued("crash"));
        assertEquals("failed", crashed.getString("status"));
        assertTrue(!crashed.getString("error.message").contains("/secret"), crashed.prettify());
    }

    @Test
    void tracesEveryStepWithAllThatRepeatsTheVideo() throws InterruptedException {
        String id = Videos.completed("a red seven");

        api().get("/v1/videos/" + id + "/trace")
                .then()
                .statusCode(200)
                .body("object", equalTo("video.trace"))
                .body("request.seed", equalTo(7))
                .body("request.num_inference_steps", equalTo(8))
                .body("steps", hasSize(8))
                .body("steps[0].sigma", equalTo(1.0f))
                .body("steps[0].source", equalTo("large"))
                .body("steps[0].reason", equalTo("head"))
                .body("steps[0].divergence", nullValue())
                .body("steps[1].probe", equalTo(true))
                .body("steps[1].divergence.relative_l2", equalTo(0.55f))
                .body("steps[1].threshold", equalTo(0.7f))
                .body("steps[2].source", equalTo("small"))
                .body("steps[2].reason", equalTo("plan"));
    }

    @Test
    void remixesWithTheSameSettingsAndSeed() throws InterruptedException {
        String original = Videos.post(
                        "{\"prompt\": \"one\", \"seed\": 99, \"size\": \"32x48\", \"schedule\": \"LSL\", \"quality\": 0.4}")
                .statusCode(200)
                .extract()
                .path("id");

        api().contentType("application/json")
                .body("{\"prompt\": \"two\"}")
                .post("/v1/videos/" + original + "/remix")
                .then()
                .statusCode(200)
                .body("remixed_from_video_id", equalTo(original))
                .body("prompt", equalTo("two"))
                .body("seed", equalTo(99))
                .body("size", equalTo("32x48"))
                .body("flowblend.policy", equalTo("static"))
                .body("flowblend.quality", equalTo(0.4f));
        api().contentType("application/json")
                .body("{\"prompt\": \"two\", \"seed\": 1}")
                .post("/v1/videos/" + original + "/remix")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("seed"));
    }

    @Test
    void pagesThroughTheListInBothOrders() {
        String first = Videos.queued("one");
        String second = Videos.queued("two");
        String third = Videos.queued("three");

        api().get("/v1/videos?limit=2")
                .then()
                .statusCode(200)
                .body("object", equalTo("list"))
                .body("data.id", equalTo(List.of(third, second)))
                .body("first_id", equalTo(third))
                .body("last_id", equalTo(second))
                .body("has_more", equalTo(true));
        api().get("/v1/videos?limit=1&after=" + second).then().body("data.id", equalTo(List.of(first)));
        api().get("/v1/videos?limit=100&order=asc&after=" + first)
                .then()
                .body("data.id", equalTo(List.of(second, third)))
                .body("has_more", equalTo(false));
    }

    @Test
    void deletesFilesAndRecord() throws InterruptedException {
        String id = Videos.completed("a red seven");

        api().delete("/v1/videos/" + id)
                .then()
                .statusCode(200)
                .body("$", equalTo(Map.of("id", id, "object", "video.deleted", "deleted", true)));
        api().get("/v1/videos/" + id).then().statusCode(404);
        api().get("/v1/videos/" + id + "/content").then().statusCode(404);
        api().delete("/v1/videos/" + id).then().statusCode(404).body("error.code", equalTo("video_not_found"));
    }

    @Test
    void makesAVideoWhileTheClientWaits() {
        byte[] mp4 = api().contentType("application/json")
                .body("{\"prompt\": \"please fall back\"}")
                .post("/v1/videos/sync")
                .then()
                .statusCode(200)
                .contentType("video/mp4")
                .header("X-FlowBlend-Video-Id", matchesPattern("video_[0-9A-Z]{26}"))
                .header("X-FlowBlend-Schedule", equalTo("LPSSSSSL"))
                .header("X-FlowBlend-Fallback", equalTo("drift"))
                .extract()
                .asByteArray();
        assertEquals("ftyp", new String(mp4, 4, 4, StandardCharsets.US_ASCII));

        api().multiPart("prompt", "fail")
                .post("/v1/videos/sync")
                .then()
                .statusCode(500)
                .header("X-FlowBlend-Video-Id", notNullValue())
                .body("error.code", equalTo("non_finite_output"));
    }

    @Test
    void cancelsTheVideoOfAClientThatWentAway() throws Exception {
        String body = "{\"prompt\": \"hold it\", \"num_inference_steps\": 500, \"seed\": 31}";
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            String request = "POST /v1/videos/sync HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            while (!"in_progress"
                    .equals(api().get("/v1/videos?limit=1").jsonPath().getString("data[0].status"))) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        String id = api().get("/v1/videos?limit=1").path("data[0].id");

        JsonPath video = Videos.get(id);
        while (video.getString("status").equals("in_progress")) {
            catalog.pipeline().permits.release(1);
            TimeUnit.MILLISECONDS.sleep(100);
            video = Videos.get(id);
        }
        catalog.pipeline().permits.drainPermits();

        assertEquals("cancelled", video.getString("error.code"));
    }

    @Test
    void takesTheImageToBeginWithAsAFileOrADataUrlAndKeepsItForARemix() {
        byte[] image = SyntheticPipeline.FIRST_FRAME;
        String url = "data:image/png;base64," + Base64.getEncoder().encodeToString(image);
        String id = api().multiPart("prompt", "from a file")
                .multiPart("input_reference", "first.png", image, "image/png")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .path("id");
        api().multiPart("prompt", "from a form's field")
                .multiPart("input_reference[image_url]", url)
                .post("/v1/videos")
                .then()
                .statusCode(200);
        Videos.post("{\"prompt\": \"from JSON\", \"input_reference\": {\"image_url\": \"" + url + "\"}}")
                .statusCode(200);
        api().contentType("application/json")
                .body("{\"prompt\": \"again\"}")
                .post("/v1/videos/" + id + "/remix")
                .then()
                .statusCode(200);
    }

    @Test
    void takesAFormLikeJson() {
        JsonPath form = api().multiPart(new MultiPartSpecBuilder("a \u00fcml\u00e4ut")
                        .controlName("prompt")
                        .charset(StandardCharsets.UTF_8)
                        .build())
                .multiPart("num_inference_steps", "5")
                .multiPart("guidance_scale", "2.5")
                .multiPart("seed", "12")
                .multiPart("seconds", "1.0625")
                .multiPart("quality", "0.25")
                .multiPart("size", "32x48")
                .multiPart("metadata[a]", "b")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
        JsonPath json = Videos.post(
                        """
                        {"prompt": "a \u00fcml\u00e4ut", "num_inference_steps": 5, "guidance_scale": 2.5, "seed": 12,
                         "seconds": 1.0625, "quality": 0.25, "width": 32, "height": 48, "metadata": {"a": "b"},
                         "negative_prompt": null}
                        """)
                .statusCode(200)
                .extract()
                .jsonPath();

        for (String field : List.of("prompt", "num_inference_steps", "guidance_scale", "seed", "seconds", "size")) {
            assertEquals(json.getString(field), form.getString(field), field);
        }
        assertEquals(json.getString("flowblend.quality"), form.getString("flowblend.quality"));
        assertEquals(List.of("metadata"), form.getList("flowblend.ignored"));
        assertEquals("a \u00fcml\u00e4ut", form.getString("prompt"));
        assertNotNull(json.getString("id"));
    }

    @Test
    void answersTheSameKeyAndBodyWithTheSameVideo() {
        String key = "key-" + System.nanoTime();
        String id = api().header("Idempotency-Key", key)
                .contentType("application/json")
                .body("{\"prompt\": \"once\", \"seed\": 1}")
                .post("/v1/videos")
                .path("id");

        api().header("Idempotency-Key", key)
                .multiPart("seed", "1")
                .multiPart("prompt", "once")
                .post("/v1/videos")
                .then()
                .statusCode(200)
                .body("id", equalTo(id));
        api().header("Idempotency-Key", key)
                .contentType("application/json")
                .body("{\"prompt\": \"twice\", \"seed\": 1}")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("Idempotency-Key"))
                .body("error.code", equalTo("idempotency_conflict"));
    }

    @Test
    void showsPairsAsModels() {
        api().get("/v1/models")
                .then()
                .statusCode(200)
                .body("object", equalTo("list"))
                .body("data.id", equalTo(List.of("synthetic")))
                .body("data[0].flowblend.state", equalTo("ADAPTIVE"));
        api().get("/v1/models/synthetic")
                .then()
                .body("object", equalTo("model"))
                .body("created", greaterThan(0))
                .body("flowblend.defaults.size", equalTo("64x64"))
                .body("flowblend.limits.max_frames", equalTo(33))
                .body("flowblend.limits.size_multiple", equalTo(16))
                .body("flowblend.limits.frame_rule", equalTo("4k+1"))
                .body("flowblend.vocabulary", equalTo(List.of(List.of("red", "seven"))));
        api().get("/v1/models/none").then().statusCode(404).body("error.code", equalTo("model_not_found"));
    }

    @Test
    void showsHealthMetricsAndItsOwnDescription() throws InterruptedException {
        Videos.completed("please fall back");

        Videos.operations().get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
        Videos.operations()
                .get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'pairs' }.data.synthetic", equalTo("ADAPTIVE"))
                .body("checks.find { it.name == 'pairs' }.data.broken", containsString("refused"));
        Videos.operations()
                .get("/q/metrics")
                .then()
                .body(allOf(
                        containsString("flowblend_steps_total{pair=\"synthetic\",reason=\"plan\",source=\"small\"}"),
                        containsString("flowblend_probes_total{pair=\"synthetic\"}"),
                        containsString("flowblend_divergence_bucket{pair=\"synthetic\",le=\"0.6\"}"),
                        containsString("flowblend_fallbacks_total{pair=\"synthetic\",reason=\"drift\""),
                        containsString("flowblend_stage_seconds_sum{pair=\"synthetic\",stage=\"large\"}"),
                        containsString("flowblend_queue_length")))
                .body(allOf(
                        containsString("flowblend_queue_wait_seconds_count"),
                        containsString("flowblend_speedup_sum{pair=\"synthetic\"}"),
                        containsString(
                                "flowblend_videos_total{code=\"none\",pair=\"synthetic\",status=\"completed\"}")));
        api().accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .body("info.title", equalTo("FlowBlend"))
                .body("paths.'/v1/videos'.post.requestBody.$ref", equalTo("#/components/requestBodies/CreateVideo"))
                .body(
                        "paths.'/v1/videos/sync'.post.requestBody.$ref",
                        equalTo("#/components/requestBodies/CreateVideo"))
                .body(
                        "components.requestBodies.CreateVideo.content.keySet()",
                        hasItems("application/json", "multipart/form-data"))
                .body(
                        "components.requestBodies.CreateVideo.content.'multipart/form-data'.schema.$ref",
                        equalTo("#/components/schemas/CreateVideo"))
                .body("components.requestBodies.CreateVideo.required", equalTo(true))
                .body("components.schemas.CreateVideo.properties.keySet()", hasItems("num_inference_steps", "speedup"))
                .body("components.schemas.CreateVideo.required", hasItem("prompt"))
                .body("paths.keySet()", hasItem("/v1/videos/{id}/events"));
    }

    @Test
    void summarizesEachVideoInOneLineOfTheLogThatNamesIt() throws InterruptedException {
        try (LogCapture made = LogCapture.of(VideoLog.class.getName());
                LogCapture failures = LogCapture.of("io.flowblend.jobs.VideoRun")) {
            String id = Videos.completed("a red seven");
            String failed = Videos.queued("fail");
            Videos.finished(failed);
            for (int i = 0; i < 200 && made.lines().size() < 2; i++) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertEquals(2, made.lines().size());
            String line = made.lines().get(0).text();
            assertTrue(
                    line.matches(
                            "video id=" + id + " owner=local pair=synthetic state=adaptive status=completed error=none"
                                    + " policy=adaptive profile=balanced quality=0.7 promised=0.400 predicted=0.350"
                                    + " schedule=LPSSSSSL fallback=none speedup=1.60 seconds=[0-9.]+ request_id=\\S+"),
                    line);
            assertTrue(
                    made.lines().get(0).fields().matches("video_id=" + id + " pair=synthetic request_id=\\S+"),
                    made.lines().get(0).fields());
            assertTrue(made.lines().get(1).text().contains(" status=failed error=non_finite_output "));
            assertEquals(1, failures.lines().size());
            assertTrue(failures.lines().get(0).fields().startsWith("video_id=" + failed + " pair=synthetic"));
        }
    }

    @Test
    void servesAPageThatNeedsNothingFromElsewhere() {
        for (String path : List.of("/", "/app.js", "/app.css")) {
            String body = api().get(path).then().statusCode(200).extract().asString();
            assertTrue(!body.contains("http://") && !body.contains("https://"), path);
        }
        api().get("/").then().header("Content-Security-Policy", containsString("default-src 'self'"));
    }

    @Test
    void takesOverASaneRequestIdAndReplacesAnother() {
        api().header("X-Request-Id", "abc-1").get("/v1/models").then().header("X-Request-Id", equalTo("abc-1"));
        api().header("X-Request-Id", "a b\"c")
                .get("/v1/models")
                .then()
                .header("X-Request-Id", matchesPattern("[0-9a-f-]{36}"));
    }
}
