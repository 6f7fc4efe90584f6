package io.flowblend.api;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;

/** What most tests do with the API. */
final class Videos {
    private Videos() {}

    static RequestSpecification api() {
        return given().filter(new NoLeak()).filter(new OpenApiCheck());
    }

    /** Where the service is operated: a port of its own. */
    static RequestSpecification operations() {
        int port = ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class);
        return given().baseUri("http://localhost:" + port);
    }

    static ValidatableResponse post(String json) {
        return api().contentType(ContentType.JSON).body(json).post("/v1/videos").then();
    }

    /** The id of a video that was queued with {@code prompt}. */
    static String queued(String prompt) {
        return post("{\"prompt\": \"" + prompt + "\"}")
                .statusCode(200)
                .extract()
                .path("id");
    }

    static String completed(String prompt) throws InterruptedException {
        String id = queued(prompt);
        JsonPath video = finished(id);
        if (!video.getString("status").equals("completed")) {
            throw new AssertionError(video.prettify());
        }
        return id;
    }

    /** The video when it is finished. */
    static JsonPath finished(String id) throws InterruptedException {
        return await(id, "completed|failed");
    }

    /** The video when its status is one of {@code statuses}, a regular expression. */
    static JsonPath await(String id, String statuses) throws InterruptedException {
        for (int i = 0; i < 1200; i++) {
            JsonPath video = get(id);
            if (video.getString("status").matches(statuses)) {
                return video;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError(id + " does not become " + statuses);
    }

    static JsonPath get(String id) {
        return api().get("/v1/videos/" + id).then().statusCode(200).extract().jsonPath();
    }
}
