package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ExitCode;

/** The command against a service with 150 videos that needs the key "secret". */
class VideosCommandTest {
    private static final int VIDEOS = 150;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private HttpServer service;

    private final List<String> asked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws IOException {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext("/", this::answer);
        service.start();
    }

    @AfterEach
    void stop() {
        service.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String address = exchange.getRequestURI().toString();
        asked.add(address);
        if (!"Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            send(exchange, 401, "{\"error\": {\"message\": \"The API key is not valid.\"}}");
        } else if (address.endsWith("/content")) {
            send(exchange, 200, "the film");
        } else if (address.startsWith("/v1/videos/video_")) {
            send(exchange, 200, video(7));
        } else if (address.startsWith("/v1/videos?")) {
            int from =
                    address.contains("after=") ? Integer.parseInt(address.replaceFirst(".*after=video_", "")) + 1 : 0;
            int to = Math.min(VIDEOS, from + Integer.parseInt(address.replaceFirst(".*limit=(\\d+).*", "$1")));
            String data =
                    IntStream.range(from, to).mapToObj(VideosCommandTest::video).collect(Collectors.joining(","));
            send(
                    exchange,
                    200,
                    "{\"data\": [" + data + "], \"has_more\": " + (to < VIDEOS) + ", \"last_id\": \"video_" + (to - 1)
                            + "\"}");
        } else {
            send(exchange, 404, "not JSON");
        }
    }

    private static String video(int number) {
        return "{\"id\": \"video_" + number + "\", \"created_at\": 1700000000, \"status\": \"completed\", \"prompt\":"
                + " \"a red seven\", \"flowblend\": {\"quality\": 0.5, \"speedup\": 2.25}}";
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String url() {
        return "http://127.0.0.1:" + service.getAddress().getPort();
    }

    @Test
    void listsAsManyVideosAsAskedForOverSeveralPages() {
        Outcome outcome = Outcome.of("videos", "--url=" + url(), "--key=secret", "--limit=130");
        assertEquals(ExitCode.OK, outcome.code(), outcome.said());
        assertEquals(131, outcome.said().lines().count());
        assertTrue(outcome.said().contains("video_129"), outcome.said());
        assertFalse(outcome.said().contains("video_130"), outcome.said());
        assertTrue(outcome.said().contains("completed      0.50    2.25  a red seven"), outcome.said());
        assertEquals(List.of("/v1/videos?limit=100", "/v1/videos?limit=30&after=video_99"), asked);
    }

    @Test
    void writesTheFileOfOneVideo() throws IOException {
        Path out = folder.resolve("film.mp4");
        Outcome outcome = Outcome.of("videos", "video_7", "--url=" + url(), "--key=secret", "--out=" + out);
        assertEquals(ExitCode.OK, outcome.code(), outcome.said());
        assertEquals("the film", Files.readString(out));
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void saysInTheServicesWordsWhyItRefused() {
        Outcome outcome = Outcome.of("videos", "--url=" + url(), "--key=wrong");
        assertEquals(ExitCode.SOFTWARE, outcome.code());
        assertTrue(outcome.said().contains("error: The API key is not valid."), outcome.said());
    }

    @Test
    void saysWhatToDoWhereNoServiceAnswers() {
        String nowhere = url();
        service.stop(0);
        Outcome outcome = Outcome.of("videos", "--url=" + nowhere);
        assertEquals(ExitCode.SOFTWARE, outcome.code());
        assertTrue(outcome.said().contains("no service answers at " + nowhere + "; start it"), outcome.said());
    }

    @Test
    void refusesAFileThatCannotBeWrittenBeforeItAsksTheService() {
        Outcome outcome = Outcome.of(
                "videos", "video_7", "--url=" + url(), "--key=secret", "--out=" + folder.resolve("no/film.mp4"));
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.said().contains("there is no folder " + folder.resolve("no")), outcome.said());
        assertEquals(List.of(), asked);
    }
}
