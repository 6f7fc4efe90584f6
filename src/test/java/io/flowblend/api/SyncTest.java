package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that wait for their videos. */
@QuarkusTest
@TestProfile(SyncTest.FewThreads.class)
class SyncTest {
    private static final int MOST = 20;
    private static final String HELD = "{\"prompt\": \"hold\"}";

    /** Fewer threads than clients that may wait. */
    public static class FewThreads extends SyntheticCatalog.Profile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.thread-pool.max-threads", "4", "flowblend.queue.waiting-clients", "" + MOST);
        }
    }

    @Inject
    SyntheticCatalog catalog;

    @Inject
    VideoWaiters waiters;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void finish() throws InterruptedException {
        catalog.pipeline().permits.release(10_000);
        await(() -> waiters.count() == 0);
        await(() -> api().get("/v1/videos?limit=100").jsonPath().getList("data.status").stream()
                .allMatch(status -> status.equals("completed") || status.equals("failed")));
        catalog.pipeline().permits.drainPermits();
    }

    @Test
    void moreWaitingClientsThanThreadsLeaveTheServiceFreeForOthers() throws Exception {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            answers.add(waiting(Map.of()));
        }
        await(() -> waiters.count() == MOST);

        api().get("/v1/videos?limit=1").then().statusCode(200);
        Videos.operations().get("/q/health/live").then().statusCode(200);
        HttpResponse<byte[]> refused = waiting(Map.of()).get(30, TimeUnit.SECONDS);
        assertEquals(429, refused.statusCode());
        assertEquals("10", refused.headers().firstValue("Retry-After").orElseThrow());

        catalog.pipeline().permits.release(10_000);
        for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
            HttpResponse<byte[]> video = answer.get(60, TimeUnit.SECONDS);
            assertEquals(200, video.statusCode());
            assertEquals("video/mp4", video.headers().firstValue("Content-Type").orElseThrow());
        }
    }

    @Test
    void clientThatGaveAKeyFindsItsVideoWhenItComesBack() throws Exception {
        leave("Idempotency-Key: come-back\r\n");
        TimeUnit.MILLISECONDS.sleep(3000);
        CompletableFuture<HttpResponse<byte[]>> back = waiting(Map.of("Idempotency-Key", "come-back"));
        await(() -> waiters.count() == 1);
        catalog.pipeline().permits.release(10_000);

        HttpResponse<byte[]> video = back.get(60, TimeUnit.SECONDS);
        assertEquals(200, video.statusCode());
        HttpResponse<byte[]> again =
                waiting(Map.of("Idempotency-Key", "come-back")).get(60, TimeUnit.SECONDS);
        assertArrayEquals(video.body(), again.body());
        assertEquals(
                1,
                api().get("/v1/videos?limit=100")
                        .jsonPath()
                        .getList("data.findAll { it.prompt == 'hold' && " + "it.id == '"
                                + video.headers()
                                        .firstValue("X-FlowBlend-Video-Id")
                                        .orElseThrow() + "' }")
                        .size());
    }

    @Test
    void clientThatGaveNoKeyTakesItsVideoWithIt() throws Exception {
        leave("");
        JsonPath video = api().get("/v1/videos?limit=1").jsonPath();
        String id = video.getString("data[0].id");
        for (int i = 0; i < 300 && Videos.get(id).getString("status").equals("in_progress"); i++) {
            catalog.pipeline().permits.release(i < 60 ? 0 : 1);
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertEquals("cancelled", Videos.get(id).getString("error.code"));
    }

    private CompletableFuture<HttpResponse<byte[]>> waiting(Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + "/v1/videos/sync"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(HELD));
        headers.forEach(request::header);
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Asks for a video and goes away while it is made. */
    private void leave(String header) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            String request = "POST /v1/videos/sync HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + header + "Content-Length: " + HELD.length() + "\r\n\r\n" + HELD;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            await(() -> waiters.count() == 1
                    && "in_progress".equals(api().get("/v1/videos?limit=1").path("data[0].status")));
        }
        await(() -> waiters.count() == 0);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            if (i == 1200) {
                throw new AssertionError("it did not happen");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
