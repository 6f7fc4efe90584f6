package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same API over every version of HTTP that clients speak, in plain text and over TLS. */
@QuarkusTest
@TestProfile(ProtocolsTest.WithKey.class)
@QuarkusTestResource(value = TlsKeyStore.class, restrictToAnnotatedClass = true)
class ProtocolsTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final int SECONDS = 30;

    public static class WithKey extends ApiKeysTest.Keys {}

    /** A way to talk to the service. */
    enum Protocol {
        HTTP_1_1(HttpVersion.HTTP_1_1, false, false),
        H2C_BY_UPGRADE(HttpVersion.HTTP_2, true, false),
        H2C_AT_ONCE(HttpVersion.HTTP_2, false, false),
        HTTP_1_1_OVER_TLS(HttpVersion.HTTP_1_1, false, true),
        HTTP_2_OVER_TLS(HttpVersion.HTTP_2, false, true);

        private final HttpVersion version;
        private final boolean upgrade;
        private final boolean tls;

        Protocol(HttpVersion version, boolean upgrade, boolean tls) {
            this.version = version;
            this.upgrade = upgrade;
            this.tls = tls;
        }

        HttpClient client() {
            return VERTX.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(version)
                    .setHttp2ClearTextUpgrade(upgrade)
                    .setUseAlpn(tls && version == HttpVersion.HTTP_2)
                    .setSsl(tls)
                    .setTrustAll(true)
                    .setVerifyHost(false));
        }

        int port() {
            String name = tls ? "quarkus.https.test-port" : "quarkus.http.test-port";
            return ConfigProvider.getConfig()
                    .getOptionalValue(tls ? "quarkus.http.test-ssl-port" : name, Integer.class)
                    .filter(port -> port > 0)
                    .orElseThrow();
        }
    }

    /** What came back. */
    record Answer(int status, HttpVersion version, Map<String, String> headers, Buffer body) {
        JsonPath json() {
            return JsonPath.from(body.toString());
        }
    }

    @AfterAll
    static void close() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void makesListsAndShowsVideos(Protocol protocol) throws Exception {
        Answer queued = send(protocol, HttpMethod.POST, "/v1/videos", Map.of(), "{\"prompt\": \"a red seven\"}");
        assertEquals(200, queued.status(), queued.body().toString());
        String id = queued.json().getString("id");

        Answer shown = send(protocol, HttpMethod.GET, "/v1/videos/" + id, Map.of(), "");
        assertEquals(200, shown.status(), shown.body().toString());
        assertEquals(protocol.version, shown.version());
        assertEquals(id, shown.json().getString("id"));
        for (String path : new String[] {"/v1/videos?limit=1", "/v1/models", "/v1/profiles", "/q/openapi", "/"}) {
            Answer answer = send(protocol, HttpMethod.GET, path, Map.of(), "");
            assertEquals(200, answer.status(), path);
            assertTrue(answer.body().length() > 0, path);
        }

        while (!send(protocol, HttpMethod.GET, "/v1/videos/" + id, Map.of(), "")
                .json()
                .getString("status")
                .equals("completed")) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        Answer events = send(protocol, HttpMethod.GET, "/v1/videos/" + id + "/events", Map.of(), "");
        assertEquals(200, events.status());
        assertTrue(
                events.body().toString().contains("event: completed\nid: end\n"),
                events.body().toString());
        Answer part = send(protocol, HttpMethod.GET, "/v1/videos/" + id + "/content", Map.of("Range", "bytes=0-9"), "");
        assertEquals(206, part.status());
        assertEquals(10, part.body().length());
        assertEquals(
                200,
                send(protocol, HttpMethod.DELETE, "/v1/videos/" + id, Map.of(), "")
                        .status());
    }

    @ParameterizedTest
    @EnumSource
    void waitsForAVideo(Protocol protocol) throws Exception {
        Answer video = send(protocol, HttpMethod.POST, "/v1/videos/sync", Map.of(), "{\"prompt\": \"a red seven\"}");

        assertEquals(200, video.status(), video.body().toString());
        assertEquals("video/mp4", video.headers().get("content-type"));
        assertTrue(video.body().length() > 1000);
    }

    @ParameterizedTest
    @EnumSource
    void answersRefusalsInTheShapeOfTheContract(Protocol protocol) throws Exception {
        Answer wrongKey = send(protocol, HttpMethod.GET, "/v1/videos", Map.of("Authorization", "Bearer wrong"), "");
        assertEquals(401, wrongKey.status());
        assertEquals("invalid_api_key", wrongKey.json().getString("error.code"));

        Answer malformed = send(protocol, HttpMethod.POST, "/v1/videos", Map.of(), "{");
        assertEquals(400, malformed.status());
        assertEquals("malformed_body", malformed.json().getString("error.code"));

        Answer tooLarge = send(protocol, HttpMethod.POST, "/v1/videos", Map.of(), "a".repeat(5_000_000));
        assertEquals(413, tooLarge.status());
        assertEquals("body_too_large", tooLarge.json().getString("error.code"));

        Answer unknown = send(protocol, HttpMethod.GET, "/v1/nothing", Map.of(), "");
        assertEquals(404, unknown.status());
        assertTrue(unknown.headers().containsKey("x-request-id"));
    }

    private static Answer send(
            Protocol protocol, HttpMethod method, String path, Map<String, String> headers, String body)
            throws Exception {
        HttpClient client = protocol.client();
        try {
            RequestOptions options = new RequestOptions()
                    .setMethod(method)
                    .setHost("localhost")
                    .setPort(protocol.port())
                    .setURI(path)
                    .putHeader("Authorization", "Bearer " + ApiKeysTest.ALICE)
                    .putHeader("Content-Type", "application/json");
            headers.forEach(options::putHeader);
            if (method.equals(HttpMethod.GET)) {
                options.getHeaders().remove("Content-Type");
            }
            return client.request(options)
                    .compose(request -> sent(request, body))
                    .compose(response -> response.body().map(bytes -> answer(response, bytes)))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(SECONDS, TimeUnit.SECONDS);
        } finally {
            client.close();
        }
    }

    private static io.vertx.core.Future<HttpClientResponse> sent(HttpClientRequest request, String body) {
        return body.isEmpty() ? request.send() : request.send(body);
    }

    private static Answer answer(HttpClientResponse response, Buffer body) {
        Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        response.headers().forEach(headers::put);
        return new Answer(response.statusCode(), response.version(), headers, body);
    }
}
