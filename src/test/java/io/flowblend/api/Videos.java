package io.flowblend.api;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.util.concurrent.TimeUnit;

/** What most tests do with the API. */
final class Videos {
    private Videos() {}

    static ValidatableResponse post(String json) {
        return given().contentType(ContentType.JSON)
                .body(json)
                .post("/v1/videos")
                .then();
    }

    /** The id of a video that was queued with {@code prompt}. */
    static String queued(String prompt) {
        return post("{\"prompt\": \"" + prompt + "\"}")
                .statusCode(200)
                .extract()
                .path("id");
    }

    /** The video when it is finished. */
    static JsonPath finished(String id) throws InterruptedException {
        for (int i = 0; i < 600; i++) {
            JsonPath video = get(id);
            if (video.getString("status").matches("completed|failed")) {
                return video;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError(id + " does not end");
    }

    static String completed(String prompt) throws InterruptedException {
        String id = queued(prompt);
        JsonPath video = finished(id);
        if (!video.getString("status").equals("completed")) {
            throw new AssertionError(video.prettify());
        }
        return id;
    }

    static JsonPath get(String id) {
        return given().get("/v1/videos/" + id).then().statusCode(200).extract().jsonPath();
    }
}
