package io.flowblend.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A client that does not give up while the service is away: it asks again, with the same idempotency key. */
final class FleetClient {
    private static final int OK = 200;
    private static final int FIRST_OF_THE_SERVICE = 500;
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration REQUEST = Duration.ofSeconds(30);
    private static final Set<String> FINAL = Set.of("completed", "failed");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final URI service;
    private final HttpClient client = HttpClient.newHttpClient();

    FleetClient(URI service) {
        this.service = service;
    }

    /** @return id of the video */
    String submit(Map<String, Object> body, String idempotencyKey) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(service.resolve("/v1/videos"))
                .timeout(REQUEST)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", idempotencyKey)
                .POST(BodyPublishers.ofString(MAPPER.writeValueAsString(body)))
                .build();
        return MAPPER.readTree(send(request)).path("id").asText();
    }

    /** The video when it is final. */
    JsonNode awaitEnd(String id) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            JsonNode video = MAPPER.readTree(send(get("/v1/videos/" + id)));
            if (FINAL.contains(video.path("status").asText())) {
                return video;
            }
            pause();
        }
        throw new IOException(id + " is not final after " + PATIENCE.toMinutes() + " minutes");
    }

    /** Of the file of a completed video. */
    String sha256(JsonNode video) throws IOException {
        byte[] content = send(get("/v1/videos/" + video.path("id").asText() + "/content"));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(service.resolve(path)).timeout(REQUEST).build();
    }

    private byte[] send(HttpRequest request) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            try {
                HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
                if (answer.statusCode() == OK) {
                    return answer.body();
                }
                if (answer.statusCode() < FIRST_OF_THE_SERVICE) {
                    throw new IllegalStateException(request.uri() + " was answered " + answer.statusCode());
                }
            } catch (IOException e) {
                BenchCommand.progress("the API is away");
            } catch (InterruptedException e) {
                throw Fleet.interrupted(e);
            }
            pause();
        }
        throw new IOException(request.uri() + " is not answered");
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(250);
        } catch (InterruptedException e) {
            throw Fleet.interrupted(e);
        }
    }
}
