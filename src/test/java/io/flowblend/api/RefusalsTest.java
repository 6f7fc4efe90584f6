package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.observe.LogCapture;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not taken, and how that is said. */
@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class RefusalsTest {
    @Inject
    SyntheticCatalog catalog;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    prompt              | {}
                    prompt              | {"prompt": null}
                    prompt              | {"prompt": "  "}
                    prompt              | {"prompt": 5}
                    prompt              | {"prompt": ["a"]}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": 0}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": 10000}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": "8"}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": 8.5}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": 1e30}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": true}
                    num_inference_steps | {"prompt": "a", "num_inference_steps": 5000000000}
                    seed                | {"prompt": "a", "seed": -2}
                    seed                | {"prompt": "a", "seed": 99999999999999999999}
                    size                | {"prompt": "a", "size": "64"}
                    size                | {"prompt": "a", "size": "64x"}
                    size                | {"prompt": "a", "size": 64}
                    width               | {"prompt": "a", "size": "63x64"}
                    width               | {"prompt": "a", "size": "0x0"}
                    height              | {"prompt": "a", "size": "64x64", "height": 64}
                    height              | {"prompt": "a", "width": 64}
                    num_frames          | {"prompt": "a", "num_frames": 16}
                    num_frames          | {"prompt": "a", "seconds": "1", "num_frames": 17}
                    seconds             | {"prompt": "a", "seconds": "long"}
                    guidance_scale      | {"prompt": "a", "guidance_scale": "4"}
                    guidance_scale      | {"prompt": "a", "guidance_scale": 1e999}
                    guidance_scale      | {"prompt": "a", "guidance_scale": 1e999999999}
                    seed                | {"prompt": "a", "seed": 1e999999999}
                    seed                | {"prompt": "a", "seed": 1e-999999999}
                    quality             | {"prompt": "a", "quality": 1e999999999}
                    quality             | {"prompt": "a", "quality": []}
                    speedup             | {"prompt": "a", "quality": 0.5, "speedup": 2}
                    policy              | {"prompt": "a", "policy": "large", "schedule": "LSL"}
                    model               | {"prompt": "a", "model": "none"}
                    deadline_s          | {"prompt": "a", "deadline_s": 0.5}
                    deadline_s          | {"prompt": "a", "deadline_s": 1e9}
                    deadline_s          | {"prompt": "a", "deadline_s": "soon"}
                    input_reference     | {"prompt": "a", "input_reference": {"image_url": "data:image/png;base64,AA=="}}
                    input_reference     | {"prompt": "a", "input_reference": {"image_url": "https://example.com/cat.png"}}
                    input_reference     | {"prompt": "a", "input_reference": {"file_id": "file-1"}}
                    input_reference     | {"prompt": "a", "input_reference": {"image_url": "data:text/plain;base64,AA=="}}
                    input_reference     | {"prompt": "a", "input_reference": {"image_url": "data:image/png;base64,A"}}
                    input_reference     | {"prompt": "a", "input_reference": 7}
                    qualty              | {"prompt": "a", "qualty": 0.5}
                    nonsense            | {"prompt": "a", "nonsense": 0.5}
                    """)
    void namesTheFieldThatCannotBeDone(String field, String body) {
        Videos.post(body)
                .statusCode(422)
                .body("error.param", equalTo(field))
                .body("error.type", equalTo("invalid_request_error"));
    }

    @Test
    void namesTheLoraFilesThatAreThere() {
        Videos.post("{\"prompt\": \"a\", \"lora\": \"../style\"}")
                .statusCode(400)
                .body("error.param", equalTo("lora"))
                .body("error.code", equalTo("lora_not_found"))
                .body("error.message", equalTo("There is no such LoRA file; there is none."));
    }

    @Test
    void suggestsTheFieldThatWasMeant() {
        Videos.post("{\"prompt\": \"a\", \"num_inference_step\": 4}")
                .statusCode(422)
                .body("error.code", equalTo("unknown_field"))
                .body("error.message", containsString("'num_inference_steps'"));
    }

    @Test
    void refusesTheSameInAForm() {
        api().multiPart("prompt", "a")
                .multiPart("num_inference_steps", "many")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("num_inference_steps"));
        api().multiPart("prompt", "a")
                .multiPart("quality", "NaN")
                .multiPart("speedup", "NaN")
                .post("/v1/videos")
                .then()
                .statusCode(422);
        api().multiPart("prompt", "a")
                .multiPart("speedup", "Infinity")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("speedup"));
        api().multiPart("prompt", "a")
                .multiPart("prompt", "b")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("prompt"));
        api().multiPart("prompt", "a")
                .multiPart("qualty", "1")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("qualty"));
        api().multiPart("prompt", "a")
                .multiPart("input_reference", "cat.png", new byte[] {1, 2, 3}, "image/png")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("input_reference"));
        api().multiPart("prompt", "a")
                .multiPart("input_reference[image_url]", "data:")
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("input_reference"));
        api().multiPart("prompt", "a".repeat(100_000))
                .post("/v1/videos")
                .then()
                .statusCode(422)
                .body("error.param", equalTo("prompt"));
    }

    @Test
    void refusesAPromptOfAHundredThousandCharacters() {
        Videos.post("{\"prompt\": \"" + "a".repeat(100_000) + "\"}")
                .statusCode(422)
                .body("error.param", equalTo("prompt"));
    }

    @Test
    void saysThatABodyIsMalformed() {
        for (String body : List.of(
                "",
                "{",
                "[]",
                "5",
                "null",
                "{\"prompt\": \"a\"} {}",
                "{\"prompt\": \"a\", \"prompt\": \"b\"}",
                "{\"seed\": NaN}",
                "{\"prompt\": \"a\", \"seed\": 1e99999999999}",
                "{\"prompt\": \"a\", \"quality\": 1e-99999999999}",
                "[".repeat(5000),
                "{\"prompt\": \"" + "\\ud800".repeat(3) + "\"")) {
            Videos.post(body)
                    .statusCode(400)
                    .body("error.code", equalTo("malformed_body"))
                    .body("error.param", nullValue());
        }
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        Videos.post("{\"prompt\": \"" + "a".repeat(5_000_000) + "\"}")
                .statusCode(413)
                .body("error.code", equalTo("body_too_large"));
        api().multiPart("prompt", "a".repeat(5_000_000))
                .post("/v1/videos")
                .then()
                .statusCode(413);
    }

    @Test
    void refusesOtherMediaTypesMethodsAndRoutes() {
        for (String type : List.of("text/plain", "application/xml", "application/x-www-form-urlencoded")) {
            api().contentType(type).body("prompt=a").post("/v1/videos").then().statusCode(415);
        }
        api().put("/v1/videos").then().statusCode(405);
        api().accept("text/html").get("/v1/videos").then().statusCode(406);
        for (String path : List.of(
                "/nothing",
                "/v1",
                "/v1/nothing",
                "/v1/videos/x/nothing",
                "/v1/pairs/synthetic/nothing",
                "/q/nothing")) {
            api().get(path).then().statusCode(404);
        }
        for (String path : List.of(
                "/v1/videos/x",
                "/v1/videos/x/events",
                "/v1/videos/x/trace",
                "/v1/videos/x/content",
                "/v1/videos/" + "a".repeat(2000))) {
            api().get(path).then().statusCode(404).body("error.code", equalTo("video_not_found"));
        }
        api().post("/v1/videos/x/cancel").then().statusCode(404);
        api().contentType("application/json")
                .body("{\"prompt\": \"a\"}")
                .post("/v1/videos/x/remix")
                .then()
                .statusCode(404);
    }

    @Test
    void refusesPagesThatAreNotThere() {
        for (String limit : List.of("0", "101", "-1", "abc")) {
            api().get("/v1/videos?limit=" + limit).then().statusCode(422).body("error.param", equalTo("limit"));
        }
        api().get("/v1/videos?after=x").then().statusCode(422).body("error.param", equalTo("after"));
        api().get("/v1/videos?order=up").then().statusCode(422).body("error.param", equalTo("order"));
    }

    @Test
    void saysThatNoPairIsReady() {
        Videos.post("{\"prompt\": \"a\", \"model\": \"broken\"}")
                .statusCode(503)
                .body("error.code", equalTo("model_not_loadable"));
        catalog.setEmpty(true);
        try {
            Videos.post("{\"prompt\": \"a\"}").statusCode(503).body("error.type", equalTo("server_error"));
            Videos.operations().get("/q/health/live").then().statusCode(200);
            Videos.operations().get("/q/health/ready").then().statusCode(503);
        } finally {
            catalog.setEmpty(false);
        }
    }

    @Test
    void takesNothingFromOtherWebPagesWhileItHasNoKeys() {
        api().header("Origin", "https://evil.example")
                .multiPart("prompt", "a")
                .post("/v1/videos")
                .then()
                .statusCode(403);
        api().header("Host", "evil.example")
                .get("/v1/videos")
                .then()
                .statusCode(403)
                .body("error.code", equalTo("foreign_origin"));
        api().header("Host", "localhost:8080")
                .header("Origin", "http://localhost:8080")
                .get("/v1/videos")
                .then()
                .statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na",
                "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na\r\n--x\r\n",
                "--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"\"\r\n\r\na\r\n--x--\r\n",
                "--x\r\n\r\na\r\n--x--\r\n",
                "--x\r\na\r\n--x--\r\n",
                "--y\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na\r\n--y--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\nContent-Type: text/plain; charset=no-such\r\n\r\n"
                        + "a\r\n--x--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                        + "YQ==\r\n--x--\r\n",
                ""
            })
    void saysThatAFormIsMalformed(String form) {
        api().header("Content-Type", "multipart/form-data; boundary=x")
                .body(form.getBytes(StandardCharsets.UTF_8))
                .post("/v1/videos")
                .then()
                .statusCode(400)
                .body("error.code", equalTo("malformed_body"));
    }

    @Test
    void refusesAFormOfAThousandPartsAndOneWithoutABoundary() {
        var form = api();
        for (int i = 0; i < 1001; i++) {
            form.multiPart("field" + i, "a");
        }
        form.post("/v1/videos").then().statusCode(400).body("error.code", equalTo("malformed_body"));
        api().header("Content-Type", "multipart/form-data")
                .body("a".getBytes(StandardCharsets.UTF_8))
                .post("/v1/videos")
                .then()
                .statusCode(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "a/b/c", "application/", "/json", "text/plain; =x", ","})
    void refusesAContentTypeThatIsNone(String type) throws IOException {
        String answer = raw("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        assertTrue(answer.startsWith("HTTP/1.1 415") || answer.startsWith("HTTP/1.1 400"), answer);
        assertTrue(answer.contains("{\"error\":"), answer);
    }

    @Test
    void refusesHeadersThatCannotBeRead() throws IOException {
        for (String header :
                List.of("Accept: a", "Accept: application/json;q=x", "Accept: ,", "Accept: text/html;q=2")) {
            String answer =
                    raw("GET /v1/videos HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\nConnection: close\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 400") && answer.contains("malformed_header"), answer);
        }
        for (String header :
                List.of("Idempotency-Key: a\u0000b", "X-Any: \u0000", "Range: \u0001", "a b: c", "no colon")) {
            String answer =
                    raw("GET /v1/videos HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\nConnection: close\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 400"), header + ": " + answer);
        }
    }

    @Test
    void refusesAddressesAndHeadersThatAreTooLong() throws IOException {
        String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        for (int length : new int[] {9_000, 30_000, 400_000}) {
            String uri = raw("GET /v1/videos?after=" + "a".repeat(length) + rest + "\r\n");
            assertTrue(uri.startsWith("HTTP/1.1 414") && uri.contains("uri_too_long"), uri);
            String header = raw("GET /v1/videos" + rest + "X-Long: " + "a".repeat(2 * length) + "\r\n\r\n");
            assertTrue(header.startsWith("HTTP/1.1 431") && header.contains("headers_too_large"), header);
        }
    }

    @Test
    void logsNothingOfAFormThatIsHalfSent() throws Exception {
        try (LogCapture log = LogCapture.of("")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
                socket.getOutputStream()
                        .write(("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\n"
                                        + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n"
                                        + "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na")
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
            }
            api().get("/v1/videos").then().statusCode(200);
            assertEquals(
                    List.of(),
                    log.lines().stream()
                            .filter(line -> line.level().intValue() >= Level.WARNING.intValue())
                            .toList());
        }
    }

    @Test
    void answersWhatIsNotEvenHttp() throws IOException {
        String answer = raw("GET /v1/videos/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("x-request-id") && answer.contains("{\"error\":"), answer);
        assertTrue(!answer.contains("Exception") && !answer.contains("io.flowblend"), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "multipart/form-data; boundary=x", "text/plain"})
    void saysThatABodyOfUnknownLengthIsTooLarge(String type) throws IOException {
        String chunk = "a".repeat(1_000_000);
        String answer = chunked(
                type,
                "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n",
                chunk,
                chunk,
                chunk,
                chunk,
                chunk);
        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
        String body = answer.substring(answer.indexOf("\r\n\r\n")).strip();
        assertEquals("body_too_large", JsonPath.from(body).getString("error.code"));
        assertEquals("invalid_request_error", JsonPath.from(body).getString("error.type"));
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("x-request-id"), answer);
    }

    @Test
    void takesAFormOfUnknownLengthThatIsNotTooLarge() throws IOException {
        String answer = chunked(
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; na",
                "me=\"prompt\"\r\n\r\na red seven\r\n--x--\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200") && answer.contains("\"prompt\":\"a red seven\""), answer);
    }

    private String chunked(String type, String... chunks) throws IOException {
        StringBuilder request = new StringBuilder("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        for (String chunk : chunks) {
            request.append(Integer.toHexString(chunk.length()))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        return raw(request.append("0\r\n\r\n").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7", "Via: 1.1 proxy"})
    void takesNothingThatAProxyPassedOnWhileItHasNoKeys(String header) {
        String[] parts = header.split(": ", -1);
        api().header(parts[0], parts[1])
                .get("/v1/videos")
                .then()
                .statusCode(403)
                .body("error.code", equalTo("loopback_only"));
    }

    @Test
    void letsNothingOfTheApiBeKeptAndThePageOnlyAsLongAsItIsTheSame() {
        api().get("/v1/videos").then().header("Cache-Control", equalTo("no-store"));
        api().get("/v1/nothing").then().header("Cache-Control", equalTo("no-store"));
        Videos.post("{").header("Cache-Control", equalTo("no-store"));
        Videos.post("{\"prompt\": \"a\"}").header("Cache-Control", equalTo("no-store"));
        for (String path : List.of("/", "/app.js")) {
            api().get(path).then().statusCode(200).header("Cache-Control", equalTo("no-cache"));
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
