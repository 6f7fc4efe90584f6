package io.flowblend.api;

import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.flowblend.api.observe.LogCapture;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever asked for it is told of the end of a video. */
@QuarkusTest
@TestProfile(EventsTest.FewStreams.class)
class WebhookRoutesTest {
    private static final String SECRET = EventsTest.WEBHOOK_SECRET;

    private record Call(String path, Map<String, String> headers, String body) {}

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init")
    private HttpServer receiver;

    @BeforeEach
    void receive() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String path = exchange.getRequestURI().toString();
            if (path.equals("/moved")) {
                exchange.getResponseHeaders().add("Location", address("/elsewhere"));
            }
            exchange.sendResponseHeaders(path.equals("/moved") ? 307 : 200, -1);
            exchange.close();
            calls.add(new Call(path, headers, body));
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    private String address(String path) {
        return "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
    }

    private static String queued(String prompt, String webhook) {
        return Videos.post("{\"prompt\": \"" + prompt + "\", \"webhook_url\": \"" + webhook + "\"}")
                .statusCode(200)
                .extract()
                .path("id");
    }

    private Call next() throws InterruptedException {
        Call call = calls.poll(30, TimeUnit.SECONDS);
        if (call == null) {
            throw new AssertionError("nobody was told");
        }
        return call;
    }

    @Test
    void tellsTheEndOnceSignedAsTheStandardLaysDown() throws Exception {
        String done = queued("a red seven", address("/hook?token=hush"));
        Call call = next();
        assertEquals("/hook?token=hush", call.path());
        JsonPath event = JsonPath.from(call.body());
        assertEquals(
                Set.of("id", "object", "created_at", "type", "data"),
                event.getMap("").keySet());
        assertEquals("video.completed", event.getString("type"));
        assertEquals(done, event.getString("data.id"));
        assertEquals(Videos.get(done).getLong("completed_at"), event.getLong("created_at"));
        assertEquals(event.getString("id"), call.headers().get("webhook-id"));
        long time = Long.parseLong(call.headers().getOrDefault("webhook-timestamp", ""));
        assertTrue(Math.abs(time - System.currentTimeMillis() / 1000) < 60);
        assertEquals(signature(call, SECRET), call.headers().get("webhook-signature"));
        assertNotEquals(
                signature(call, "A".repeat(SECRET.length())), call.headers().get("webhook-signature"));

        String failed = queued("fail", address("/hook"));
        Call second = next();
        assertEquals("video.failed", JsonPath.from(second.body()).getString("type"));
        assertEquals(failed, JsonPath.from(second.body()).getString("data.id"));
        assertEquals(null, calls.poll(3, TimeUnit.SECONDS));
    }

    @Test
    void followsNoRedirectAndLogsNothingOfTheAddressButItsHost() throws Exception {
        try (LogCapture log = LogCapture.of("")) {
            queued("a red seven", address("/moved"));
            assertEquals("/moved", next().path());
            for (int i = 0; log.lines().stream().noneMatch(line -> line.text().contains("is tried again")); i++) {
                assertTrue(i < 300, "the failure is not logged");
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertTrue(log.lines().stream()
                    .noneMatch(line ->
                            line.text().contains("/moved") || line.text().contains(SECRET)));
        }
        // The next attempt comes after five seconds, to the same address.
        assertEquals("/moved", next().path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "https://",
                "https:///path",
                "https://user:password@example.com/",
                "https://example.com/#part",
                "example.com/hook",
                "javascript:alert(1)",
                "https://exa mple.com/",
                ""
            })
    void refusesWhatIsNoAddress(String url) {
        Videos.post("{\"prompt\": \"a\", \"webhook_url\": \"" + url + "\"}")
                .statusCode(422)
                .body("error.param", equalTo("webhook_url"));
    }

    @Test
    void refusesAnAddressThatIsTooLongOrNoText() {
        for (String value : List.of("\"https://example.com/" + "a".repeat(2048) + "\"", "5", "[]")) {
            Videos.post("{\"prompt\": \"a\", \"webhook_url\": " + value + "}")
                    .statusCode(422)
                    .body("error.param", equalTo("webhook_url"));
        }
    }

    private static String signature(Call call, String secret) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
        String signed =
                call.headers().get("webhook-id") + "." + call.headers().get("webhook-timestamp") + "." + call.body();
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    }
}
