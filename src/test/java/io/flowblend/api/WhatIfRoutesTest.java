package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.pair.BuiltInPair;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an edited tuning profile would have made of finished videos, on the service as it ships. */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class WhatIfRoutesTest {
    @ConfigProperty(name = "flowblend.profiles-directory")
    @SuppressWarnings("NullAway.Init")
    Path profiles;

    @AfterEach
    void asBefore() throws IOException {
        activate("balanced");
        Files.deleteIfExists(profiles.resolve("mine.yaml"));
    }

    @Test
    void decidesFinishedVideosAgainAndRunsNoModel() throws InterruptedException {
        String id = made("0.4");
        JsonPath video = Videos.get(id);
        JsonPath asIs = whatIf("{\"videos\": 1}").statusCode(200).extract().jsonPath();
        assertEquals(id, asIs.getString("data[0].id"));
        assertEquals(asIs.getMap("data[0].beside"), asIs.getMap("data[0].edited"));
        assertEquals(
                video.getDouble("flowblend.promise.deviation"),
                asIs.getDouble("data[0].edited.promise.deviation"),
                1e-9);
        assertTrue(asIs.getDouble("edited.compute") < 0.9);

        whatIf("{\"videos\": 1, \"settings\": {\"longest_reuse\": 0, \"longest_stretch\": 0, \"memory\": 9}}")
                .statusCode(200)
                .body("model", equalTo(BuiltInPair.ID))
                .body("base", equalTo("balanced"))
                .body("changed", equalTo(java.util.List.of("longest_reuse", "longest_stretch", "memory")))
                .body("without_effect", equalTo(java.util.List.of("memory")))
                .body("edited.compute", equalTo(1.0f))
                .body("data[0].edited.schedule", equalTo("L".repeat(20)))
                .body("data[0].beside.schedule", not(equalTo("L".repeat(20))));
    }

    @Test
    void leavesOutWhatTheControllerDidNotDecide() throws InterruptedException {
        String decided = made("0.4");
        String scheduled = Videos.post(
                        "{\"prompt\": \"a red seven\", \"schedule\": \"LSL\", \"num_inference_steps\": 8}")
                .statusCode(200)
                .extract()
                .path("id");
        assertEquals("completed", Videos.finished(scheduled).getString("status"));
        whatIf("{}")
                .statusCode(200)
                .body("data.id", hasItem(decided))
                .body("data.id", not(hasItem(scheduled)))
                .body("data", hasSize(greaterThanOrEqualTo(1)));
    }

    @Test
    void namesTheKeyThatCannotBeUsed() {
        whatIf("{\"settings\": {\"hysterisis\": 2}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.hysterisis"))
                .body("error.message", containsString("Did you mean 'hysteresis'?"));
        whatIf("{\"settings\": {\"longest_reuse\": 0.7}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.longest_reuse"))
                .body("error.message", containsString("0..0.5"));
        whatIf("{\"settings\": {\"shadow\": 1}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.shadow"))
                .body("error.message", containsString("true or false"));
        whatIf("{\"settings\": {\"max_divergence\": [1, 2]}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.max_divergence"));
        whatIf("{\"settings\": {\"allowed_profiles\": [\"nobody\"]}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.allowed_profiles"));
        whatIf("{\"settings\": 3}").statusCode(422).body("error.param", equalTo("settings"));
        whatIf("{\"setings\": {}}")
                .statusCode(422)
                .body("error.param", equalTo("setings"))
                .body("error.message", containsString("Did you mean 'settings'?"));
        whatIf("{\"profile\": \"nobody\"}").statusCode(422).body("error.param", equalTo("profile"));
        whatIf("{\"model\": \"nobody\"}").statusCode(422).body("error.param", equalTo("model"));
        whatIf("{\"videos\": 0}").statusCode(422).body("error.param", equalTo("videos"));
    }

    @Test
    void keepsAnEditedProfileThatCanThenBeMadeTheActiveOne() throws IOException {
        keep("mine", "{\"base\": \"speed\", \"settings\": {\"hysteresis\": 1.5, \"coverage\": 0.9}}")
                .statusCode(200)
                .body("data.find { it.id == 'mine' }.settings.hysteresis", equalTo(1.5f))
                .body("active", equalTo("balanced"));
        assertEquals(
                "extends: speed\ncoverage: 0.9\nhysteresis: 1.5\n", Files.readString(profiles.resolve("mine.yaml")));
        activate("mine");
        keep("mine", "{\"base\": \"speed\", \"settings\": {\"hysteresis\": 2}}")
                .statusCode(200)
                .body("active", equalTo("mine"))
                .body("data.find { it.id == 'mine' }.settings.hysteresis", equalTo(2.0f));

        keep("mine", "{\"settings\": {\"tail\": 0.1}}")
                .statusCode(200)
                .body("data.find { it.id == 'mine' }.settings.tail", equalTo(0.1f))
                .body("data.find { it.id == 'mine' }.settings.hysteresis", equalTo(2.0f));
        keep("balanced", "{\"settings\": {}}").statusCode(422).body("error.param", equalTo("profile"));
        keep("../x", "{\"settings\": {}}").statusCode(422).body("error.param", equalTo("profile"));
        keep("Mine!", "{\"settings\": {}}").statusCode(422).body("error.param", equalTo("profile"));
        keep("other", "{\"settings\": {\"hysteresis\": 9}}")
                .statusCode(422)
                .body("error.param", equalTo("settings.hysteresis"));
        api().get("/v1/profiles").then().body("data.id", not(hasItem("other")));
    }

    private static ValidatableResponse whatIf(String json) {
        return api().contentType(ContentType.JSON)
                .body(json)
                .post("/v1/profiles/what-if")
                .then();
    }

    private static ValidatableResponse keep(String name, String json) {
        return api().contentType(ContentType.JSON)
                .body(json)
                .put("/v1/profiles/{name}", name)
                .then();
    }

    private static void activate(String name) {
        api().contentType(ContentType.JSON)
                .body("{\"profile\": \"" + name + "\"}")
                .put("/v1/profiles/active")
                .then()
                .statusCode(200);
    }

    private static String made(String quality) throws InterruptedException {
        String id = Videos.post(
                        "{\"prompt\": \"a red seven moves left fast\", \"num_inference_steps\": 20, \"seed\": 4, "
                                + "\"quality\": " + quality + "}")
                .statusCode(200)
                .extract()
                .path("id");
        assertEquals("completed", Videos.finished(id).getString("status"));
        return id;
    }
}
