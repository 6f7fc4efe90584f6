package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that follow videos. */
@QuarkusTest
@TestProfile(EventsTest.FewStreams.class)
class EventsTest {
    static final String WEBHOOK_SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final int MOST = 5;

    /** Few streams and few threads, and webhooks to this machine. */
    public static class FewStreams extends SyntheticCatalog.Profile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "flowblend.events.streams-per-key", "" + MOST,
                    "flowblend.events.patience", "1s",
                    "flowblend.webhooks.secret", "whsec_" + WEBHOOK_SECRET,
                    "flowblend.webhooks.allow-private", "true",
                    "quarkus.thread-pool.max-threads", "4");
        }
    }

    @Inject
    SyntheticCatalog catalog;

    @Inject
    EventStreams streams;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** One event as it came. */
    record Event(String name, String id, String data) {
        JsonPath json() {
            return JsonPath.from(data);
        }
    }

    /** A stream that is read event by event. */
    private record Reader(HttpResponse<InputStream> response, BufferedReader lines) implements AutoCloseable {
        /** The next event, comments left out; empty at the end. */
        Optional<Event> next() throws IOException {
            String name = "";
            String id = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !name.isEmpty()) {
                    return Optional.of(new Event(name, id, data));
                }
                name = line.startsWith("event: ") ? line.substring(7) : name;
                id = line.startsWith("id: ") ? line.substring(4) : id;
                data = line.startsWith("data: ") ? line.substring(6) : data;
            }
            return Optional.empty();
        }

        List<Event> rest() throws IOException {
            List<Event> all = new ArrayList<>();
            for (Optional<Event> event = next(); event.isPresent(); event = next()) {
                all.add(event.get());
            }
            return all;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    @AfterEach
    void finish() throws InterruptedException {
        catalog.pipeline().permits.release(100_000);
        for (int i = 0; streams.count() > 0; i++) {
            assertTrue(i < 600, "streams stay open");
            TimeUnit.MILLISECONDS.sleep(20);
        }
        while (api().get("/v1/videos?limit=100").jsonPath().getList("data.status").stream()
                .anyMatch(status -> status.equals("queued") || status.equals("in_progress"))) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        catalog.pipeline().permits.drainPermits();
    }

    @Test
    void tellsEveryStepFromTheQueueToTheEnd() throws Exception {
        String before = Videos.queued("hold");
        Videos.await(before, "in_progress");
        String id = Videos.queued("hold");
        try (Reader reader = follow(id, "")) {
            assertEquals(
                    "text/event-stream;charset=UTF-8",
                    reader.response().headers().firstValue("Content-Type").orElseThrow());
            Event queued = reader.next().orElseThrow();
            assertEquals("queued", queued.name());
            assertEquals(1, queued.json().getInt("position"));

            catalog.pipeline().permits.release(9);
            Event first = reader.next().orElseThrow();
            while (!first.name().equals("step")) {
                first = reader.next().orElseThrow();
            }
            Event progress = reader.next().orElseThrow();
            assertEquals("progress", progress.name());
            assertEquals(12, progress.json().getInt("progress"));
            assertTrue(streams.count() == 1, "the video waits, its stream is open");
            catalog.pipeline().permits.release(7);

            List<Event> rest = reader.rest();
            rest.add(0, first);
            List<JsonPath> steps = rest.stream()
                    .filter(event -> event.name().equals("step"))
                    .map(Event::json)
                    .toList();
            assertEquals(
                    "LPSSSSSL", steps.stream().map(s -> s.getString("letter")).collect(Collectors.joining()));
            assertEquals(
                    IntStream.range(0, 8).boxed().toList(),
                    steps.stream().map(step -> step.getInt("index")).toList());
            JsonPath trace = api().get("/v1/videos/" + id + "/trace").jsonPath();
            for (int i = 0; i < steps.size(); i++) {
                Map<String, Object> told = steps.get(i).getMap("");
                assertEquals(told.get("source"), told.remove("role"));
                assertEquals(trace.getMap("steps[" + i + "]"), told);
            }
            Event end = rest.get(rest.size() - 1);
            assertEquals("completed", end.name());
            assertEquals(
                    api().get("/v1/videos/" + id).jsonPath().getMap(""),
                    end.json().getMap(""));
        }
    }

    @Test
    void goesOnAfterTheEventThatAClientHadLast() throws Exception {
        String id = Videos.completed("a red seven");
        List<Event> all;
        try (Reader reader = follow(id, "")) {
            all = reader.rest();
        }
        String third = all.get(2).id();
        try (Reader reader = follow(id, third)) {
            assertEquals(all.subList(3, all.size()), reader.rest());
        }
        // Of another attempt, or of none: from the beginning.
        for (String other : List.of("1-3", "nonsense", "-1", "99999999999999999999-1")) {
            try (Reader reader = follow(id, other)) {
                assertEquals(all, reader.rest(), other);
            }
        }
        try (Reader reader = follow(id, all.get(all.size() - 1).id())) {
            assertEquals(204, reader.response().statusCode());
        }
    }

    @Test
    void tellsAFailureAndACancellation() throws Exception {
        String failed = Videos.queued("fail");
        try (Reader reader = follow(failed, "")) {
            List<Event> all = reader.rest();
            Event end = all.get(all.size() - 1);
            assertEquals("failed", end.name());
            assertEquals("non_finite_output", end.json().getString("error.code"));
        }
        String held = Videos.queued("hold");
        Videos.await(held, "in_progress");
        try (Reader reader = follow(held, "")) {
            String waiting = Videos.queued("hold");
            try (Reader other = follow(waiting, "")) {
                api().post("/v1/videos/" + waiting + "/cancel").then().statusCode(200);
                List<Event> all = other.rest();
                assertEquals("failed", all.get(all.size() - 1).name());
            }
            api().post("/v1/videos/" + held + "/cancel").then().statusCode(200);
            catalog.pipeline().permits.release(1);
            List<Event> all = reader.rest();
            assertEquals("cancelled", all.get(all.size() - 1).json().getString("error.code"));
        }
    }

    @Test
    void endsTheStreamOfAVideoThatIsDeleted() throws Exception {
        String held = Videos.queued("hold");
        Videos.await(held, "in_progress");
        String waiting = Videos.queued("hold");
        try (Reader reader = follow(waiting, "")) {
            api().delete("/v1/videos/" + waiting).then().statusCode(200);
            reader.rest();
        }
        api().get("/v1/videos/" + waiting + "/events").then().statusCode(404);
    }

    @Test
    void moreStreamsThanAKeyMayHaveAreRefusedAndNoneHoldsAThread() throws Exception {
        String id = Videos.queued("hold");
        List<Reader> open = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            open.add(follow(id, ""));
        }
        api().get("/v1/videos/" + id + "/events")
                .then()
                .statusCode(429)
                .header("Retry-After", equalTo("10"))
                .body("error.code", equalTo("too_many_streams"));
        api().get("/v1/videos/" + id).then().statusCode(200);
        open.remove(0).close();
        for (int i = 0; streams.count() == MOST; i++) {
            assertTrue(i < 600, "a stream that is closed keeps its place");
            TimeUnit.MILLISECONDS.sleep(20);
        }
        open.add(follow(id, ""));
        catalog.pipeline().permits.release(8);
        for (Reader reader : open) {
            List<Event> all = reader.rest();
            assertEquals("completed", all.get(all.size() - 1).name());
        }
    }

    @Test
    void aClientThatDoesNotReadIsLetGoAndHoldsUpNobody() throws Exception {
        String id = Videos.post("{\"prompt\": \"hold\", \"num_inference_steps\": 400}")
                .extract()
                .path("id");
        Vertx vertx = Vertx.vertx();
        try {
            CompletableFuture<Throwable> dropped = new CompletableFuture<>();
            vertx.createHttpClient(new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false))
                    .request(HttpMethod.GET, RestAssured.port, "localhost", "/v1/videos/" + id + "/events")
                    .compose(request -> request.send())
                    .map(HttpClientResponse::pause)
                    .onSuccess(response -> response.exceptionHandler(dropped::complete))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
            try (Reader reader = follow(id, "")) {
                catalog.pipeline().permits.release(400);
                List<Event> all = reader.rest();
                assertEquals(
                        400,
                        all.stream()
                                .filter(event -> event.name().equals("step"))
                                .count());
                assertEquals("completed", all.get(all.size() - 1).name());
            }
            dropped.get(30, TimeUnit.SECONDS);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private Reader follow(String id, String lastEventId) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://localhost:" + RestAssured.port + "/v1/videos/" + id + "/events"));
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        return new Reader(response, new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }
}
