package io.flowblend.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the videos of a running service, and brings the file of one. */
@Command(
        name = "videos",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Lists the videos of a running service, newest first. With an id: shows that one, and writes its file "
                        + "if --out is given.")
final class VideosCommand implements Callable<Integer> {
    private static final int PAGE = 100;
    private static final int OK = 200;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    @Parameters(arity = "0..1", paramLabel = "ID", description = "Id of a video; all of them without it.")
    private @Nullable String id;

    @Mixin
    private ServiceOptions service = new ServiceOptions();

    @Option(names = "--limit", paramLabel = "N", description = "Videos to list; default: ${DEFAULT-VALUE}.")
    private int limit = 20;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the video's MP4 to this file; needs an ID.")
    private @Nullable Path out;

    @Spec
    private @Nullable CommandSpec spec;

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();

    @Override
    public Integer call() throws IOException {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        if (limit < 1) {
            throw new InvalidRequestException("--limit", "--limit has to be 1 or more.");
        }
        PrintWriter print = spec.commandLine().getOut();
        if (id == null) {
            if (out != null) {
                throw new InvalidRequestException("--out", "--out needs the id of a video.");
            }
            list(print);
        } else {
            one(print, id);
        }
        print.flush();
        return 0;
    }

    private void list(PrintWriter print) throws IOException {
        List<JsonNode> videos = new ArrayList<>();
        String after = "";
        boolean more = true;
        while (more && videos.size() < limit) {
            int size = Math.min(PAGE, limit - videos.size());
            JsonNode page = mapper.readTree(get("/v1/videos?limit=" + size + after));
            page.path("data").forEach(videos::add);
            more = page.path("has_more").asBoolean();
            after = "&after=" + page.path("last_id").asText();
        }
        if (videos.isEmpty()) {
            print.println("There is no video yet.");
            return;
        }
        print.printf("%-32s %-19s %-11s %7s %7s  %s%n", "id", "created", "status", "quality", "speedup", "prompt");
        for (JsonNode video : videos) {
            JsonNode blend = video.path("flowblend");
            print.printf(
                    Locale.ROOT,
                    "%-32s %-19s %-11s %7.2f %7s  %s%n",
                    video.path("id").asText(),
                    TIME.format(Instant.ofEpochSecond(video.path("created_at").asLong())),
                    video.path("status").asText(),
                    blend.path("quality").asDouble(),
                    blend.path("speedup").isNumber()
                            ? String.format(
                                    Locale.ROOT, "%.2f", blend.path("speedup").asDouble())
                            : "-",
                    video.path("prompt").asText());
        }
    }

    private void one(PrintWriter print, String wanted) throws IOException {
        if (!wanted.matches("[A-Za-z0-9_]+")) {
            throw new InvalidRequestException("ID", "'" + wanted + "' is not the id of a video.");
        }
        if (out != null) {
            OutputFile.check("--out", out);
        }
        JsonNode video = mapper.readTree(get("/v1/videos/" + wanted));
        print.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(video));
        if (out != null) {
            Path part = Files.createTempFile(out.toAbsolutePath().getParent(), ".flowblend", ".part");
            try {
                Files.write(part, get("/v1/videos/" + wanted + "/content"));
                Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
            print.println("wrote " + out);
        }
    }

    private byte[] get(String path) throws IOException {
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(service.url().replaceFirst("/+$", "") + path));
            if (!service.key().isEmpty()) {
                request.header("Authorization", "Bearer " + service.key());
            }
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != OK) {
                throw new IOException(refusal(answer));
            }
            return answer.body();
        } catch (ConnectException e) {
            throw service.unreachable(e);
        } catch (IllegalArgumentException e) {
            throw ServiceOptions.noAddress();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The service's own words, or the status where something else answered. */
    private String refusal(HttpResponse<byte[]> answer) {
        try {
            String words =
                    mapper.readTree(answer.body()).path("error").path("message").asText();
            if (!words.isEmpty()) {
                return words;
            }
        } catch (IOException e) {
            return service.url() + " answered with status " + answer.statusCode() + " and no JSON; is it FlowBlend?";
        }
        return service.url() + " answered with status " + answer.statusCode();
    }
}
