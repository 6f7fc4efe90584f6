package io.flowblend.experiment.timing;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Table;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.commons.math3.stat.StatUtils;

/**
 * What a long queue costs its clients: how long a running service takes for the same requests with an empty queue and with a
 * full one. One video of many steps keeps a worker busy all the while, so that the queue stays as it is.
 */
public final class QueueBenchmark {
    private static final String VIDEOS = "/v1/videos";
    private static final int FIRST_ERROR = 400;
    private static final double NANOS_A_MILLISECOND = 1e6;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Setup setup;
    private final Consumer<String> progress;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> made = new ArrayList<>();

    private QueueBenchmark(Setup setup, Consumer<String> progress) {
        this.setup = setup;
        this.progress = progress;
    }

    /**
     * @param service address
     * @param key API key; empty where the service has none
     * @param videos that wait in the full queue
     * @param requests of each kind that are timed
     * @param streams of events that are opened at once
     * @param body of the requests for videos
     */
    public record Setup(URI service, String key, int videos, int requests, int streams, Map<String, Object> body) {}

    /** Milliseconds. */
    public record Times(double median, double p99) {
        private static Times of(Collection<Double> milliseconds) {
            double[] all =
                    milliseconds.stream().mapToDouble(Double::doubleValue).toArray();
            return new Times(Statistics.median(milliseconds), StatUtils.percentile(all, 99));
        }
    }

    /** @param ratio of the two p99 */
    public record Line(String request, Times empty, Times full, double ratio) {}

    /**
     * @param streams that were open at once
     * @param firstEvent milliseconds until the first event, all streams being opened together
     */
    public record Result(Instant time, Setup setup, List<Line> lines, int streams, Times firstEvent) {}

    /** Needs a service whose queue takes all the videos; they are deleted at the end. */
    public static Result run(Setup setup, Consumer<String> progress) throws IOException {
        return new QueueBenchmark(setup, progress).measure();
    }

    private Result measure() throws IOException {
        try {
            made.add(submit());
            timed("warm-up");
            Map<String, Times> empty = timed("empty queue");
            while (made.size() <= setup.videos()) {
                made.add(submit());
                progress.accept(made.size() - 1 + " videos wait");
            }
            Map<String, Times> full = timed("full queue");
            List<Line> lines = new ArrayList<>();
            empty.forEach((request, times) -> {
                Times later = full.getOrDefault(request, times);
                lines.add(new Line(request, times, later, later.p99() / times.p99()));
            });
            List<Double> first = streams();
            return new Result(Instant.now(), setup, lines, first.size(), Times.of(first));
        } finally {
            for (String id : made) {
                call("DELETE", VIDEOS + "/" + id, "");
                progress.accept("deleting " + id);
            }
            progress.accept("");
        }
    }

    private Map<String, Times> timed(String what) throws IOException {
        Map<String, List<Double>> times = new LinkedHashMap<>();
        for (int i = 0; i < setup.requests(); i++) {
            progress.accept(what + ", request " + i);
            long start = System.nanoTime();
            String id = submit();
            note(times, "POST " + VIDEOS, start);
            start = System.nanoTime();
            call("GET", VIDEOS + "?limit=1", "");
            note(times, "GET " + VIDEOS + "?limit=1", start);
            start = System.nanoTime();
            call("GET", VIDEOS + "?limit=100", "");
            note(times, "GET " + VIDEOS + "?limit=100", start);
            start = System.nanoTime();
            call("GET", VIDEOS + "/" + id, "");
            note(times, "GET " + VIDEOS + "/{id}", start);
            start = System.nanoTime();
            call("DELETE", VIDEOS + "/" + id, "");
            note(times, "DELETE " + VIDEOS + "/{id}", start);
        }
        Map<String, Times> summary = new LinkedHashMap<>();
        times.forEach((request, all) -> summary.put(request, Times.of(all)));
        return summary;
    }

    private static void note(Map<String, List<Double>> times, String request, long start) {
        times.computeIfAbsent(request, any -> new ArrayList<>()).add((System.nanoTime() - start) / NANOS_A_MILLISECOND);
    }

    /** Opens all streams together and keeps them open until each has had its first event. */
    private List<Double> streams() throws IOException {
        progress.accept(setup.streams() + " event streams");
        long start = System.nanoTime();
        List<CompletableFuture<HttpResponse<InputStream>>> answers = new ArrayList<>();
        for (int i = 0; i < setup.streams(); i++) {
            HttpRequest request = request("GET", VIDEOS + "/" + made.get(i % made.size()) + "/events", "");
            answers.add(client.sendAsync(request, BodyHandlers.ofInputStream()));
        }
        List<Double> first = new ArrayList<>();
        List<InputStream> open = new ArrayList<>();
        try {
            for (CompletableFuture<HttpResponse<InputStream>> answer : answers) {
                InputStream body = answer.join().body();
                open.add(body);
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
                String line = lines.readLine();
                while (line != null && !line.startsWith("event: ")) {
                    line = lines.readLine();
                }
                if (line == null) {
                    throw new IOException("an event stream ended before its first event");
                }
                first.add((System.nanoTime() - start) / NANOS_A_MILLISECOND);
            }
        } finally {
            for (InputStream stream : open) {
                stream.close();
            }
        }
        return first;
    }

    private String submit() throws IOException {
        return MAPPER.readTree(call("POST", VIDEOS, MAPPER.writeValueAsString(setup.body())))
                .path("id")
                .asText();
    }

    private String call(String method, String path, String body) throws IOException {
        try {
            HttpResponse<String> answer = client.send(request(method, path, body), BodyHandlers.ofString());
            if (answer.statusCode() >= FIRST_ERROR) {
                throw new IOException(method + " " + path + " was answered " + answer.statusCode() + ": "
                        + MAPPER.readTree(answer.body())
                                .path("error")
                                .path("message")
                                .asText());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private HttpRequest request(String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(setup.service().resolve(path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (!setup.key().isEmpty()) {
            request.header("Authorization", "Bearer " + setup.key());
        }
        return request.build();
    }

    /** For people. */
    public static String table(Result result) {
        Table table = new Table(
                "request", "empty p50 ms", "p99 ms", result.setup().videos() + " queued p50 ms", "p99 ms", "p99 ratio");
        for (Line line : result.lines()) {
            table.add(
                    line.request(),
                    Table.number(1, line.empty().median()),
                    Table.number(1, line.empty().p99()),
                    Table.number(1, line.full().median()),
                    Table.number(1, line.full().p99()),
                    Table.number(2, line.ratio()));
        }
        return table.text()
                + String.format(
                        Locale.ROOT,
                        "%d event streams opened at once: first event after %.0f ms (median), %.0f ms (p99)%n",
                        result.streams(),
                        result.firstEvent().median(),
                        result.firstEvent().p99());
    }
}
