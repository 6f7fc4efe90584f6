package io.flowblend.api;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
class VideoRoutesTest {
    @Test
    void smoke() throws InterruptedException {
        String id = Videos.completed("a red seven");
        System.out.println(Videos.get(id).prettify());
        System.out.println(
                given().get("/v1/videos/" + id + "/trace").asPrettyString().substring(0, 900));
        System.out.println(given().get("/v1/videos/" + id + "/content").headers());
        System.out.println(given().header("Range", "bytes=5-9")
                .get("/v1/videos/" + id + "/content")
                .headers());
        System.out.println(given().head("/v1/videos/" + id + "/content").headers());
        System.out.println(given().get("/v1/videos").asPrettyString().length());
        System.out.println(given().get("/v1/models").asPrettyString());
        for (String p : new String[] {
            "/v1/nothing",
            "/nothing",
            "/v1/videos/x/events",
            "/v1/videos/%zz",
            "/",
            "/q/health",
            "/q/nothing",
            "/v1/videos?limit=abc"
        }) {
            var r = given().urlEncodingEnabled(false).get(p);
            System.out.println("## " + p + " " + r.statusCode() + " " + r.header("X-Request-Id") + " " + r.contentType()
                    + " " + r.asString());
        }
        for (String m : new String[] {"text/plain", "application/xml", "application/x-www-form-urlencoded"}) {
            var r = given().contentType(m).body("hello").post("/v1/videos");
            System.out.println("## " + m + " " + r.statusCode() + " " + r.asString());
        }
        var r = given().put("/v1/videos");
        System.out.println("## put " + r.statusCode() + " " + r.asString());
        r = given().post("/v1/videos");
        System.out.println("## post without body " + r.statusCode() + " " + r.asString());
        r = given().accept("text/html").get("/v1/videos");
        System.out.println("## html " + r.statusCode() + " " + r.asString());
        r = given().multiPart("prompt", "a")
                .multiPart("num_inference_steps", "5")
                .post("/v1/videos");
        System.out.println("## mp " + r.statusCode() + " " + r.asString());
        r = given().multiPart("prompt", "a".repeat(100000)).post("/v1/videos");
        System.out.println("## mp long " + r.statusCode() + " " + r.asString());
        r = given().multiPart("prompt", "a".repeat(5000000)).post("/v1/videos");
        System.out.println("## mp too long " + r.statusCode() + " " + r.asString());
        r = given().contentType("application/json").body("{\"prompt\": \"a\"}").post("/v1/videos/sync");
        System.out.println("## sync " + r.statusCode() + " " + r.headers());
        System.out.println(given().get("/q/openapi").asString());
        System.out.println(given().get("/q/metrics")
                .asString()
                .lines()
                .filter(l -> l.contains("flowblend"))
                .toList());
    }
}
