package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.flowblend.api.security.WebhookSecret;
import io.flowblend.api.wire.ApiError;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.Webhooks.UndeliveredException;
import io.flowblend.request.VideoOptions;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a webhook may lead, by real connections; names lead where the test says. */
class WebhookSenderTest {
    private static final Optional<WebhookSecret> SECRET =
            Optional.of(WebhookSecret.of("test", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    private final Vertx vertx = Vertx.vertx();
    private final List<String> hosts = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private HttpServer receiver;

    @BeforeEach
    void receive() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            hosts.add(exchange.getRequestHeaders().getFirst("Host"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
        vertx.close();
    }

    private WebhookSender sender(boolean allowPrivate, WebhookSender.Resolver resolver) {
        return new WebhookSender(Map.of(), SECRET, allowPrivate, resolver, new ObjectMapper(), vertx);
    }

    private static InetAddress[] addresses(String... texts) throws UnknownHostException {
        List<InetAddress> all = new ArrayList<>();
        for (String text : texts) {
            all.add(InetAddress.getByName(text));
        }
        return all.toArray(InetAddress[]::new);
    }

    @Test
    void connectsToTheAddressThatItResolvedAndResolvesOnce() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        WebhookSender sender =
                sender(true, host -> addresses(asked.incrementAndGet() == 1 ? "127.0.0.1" : "192.0.2.1"));
        int port = receiver.getAddress().getPort();

        sender.send(job(), "http://no-such-name.invalid:" + port + "/hook");

        assertEquals(List.of("no-such-name.invalid:" + port), hosts);
        assertEquals(1, asked.get());
    }

    @Test
    void refusesANameThatLeadsToAPrivateAddressOnTheDayOfDelivery() throws Exception {
        WebhookSender sender = sender(false, host -> addresses("127.0.0.1"));
        String url = "https://hooks.example.com:" + receiver.getAddress().getPort() + "/hook";
        sender.check("alice", url);
        assertTrue(message(sender, url).contains("not allowed"));

        WebhookSender half = sender(false, host -> addresses("8.8.8.8", "10.0.0.1"));
        assertTrue(message(half, url).contains("not allowed"));
        WebhookSender gone = sender(false, host -> {
            throw new UnknownHostException(host);
        });
        assertTrue(message(gone, url).contains("no address"));
        assertEquals(List.of(), hosts);
    }

    @Test
    void refusesPrivateAddressesInEverySpellingAtOnce() {
        WebhookSender sender = sender(false, InetAddress::getAllByName);
        for (String host : List.of(
                "127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "2130706433")) {
            ApiError refused =
                    assertThrows(ApiError.class, () -> sender.check("alice", "https://" + host + "/hook"), host);
            assertEquals(422, refused.status());
            assertEquals(Optional.of("webhook_url"), refused.field());
        }
        sender.check("alice", "https://8.8.8.8/hook");
        assertThrows(ApiError.class, () -> sender.check("alice", "http://example.com/hook"));
    }

    @Test
    void signsWithTheSecretOfTheKeyAndRefusesOneThatHasNone() {
        WebhookSender sender = new WebhookSender(
                Map.of("alice", SECRET.orElseThrow()),
                Optional.empty(),
                false,
                InetAddress::getAllByName,
                new ObjectMapper(),
                vertx);
        sender.check("alice", "https://example.com/hook");
        ApiError refused = assertThrows(ApiError.class, () -> sender.check("bob", "https://example.com/hook"));
        assertEquals("webhooks_not_configured", refused.body().error().code());
    }

    @Test
    void takesOnlySecretsOfTheStandardsShape() {
        for (String secret : List.of("", "whsec_", "whsec_%%%", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")) {
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> WebhookSecret.of("the.key", secret));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("the.key: "));
        }
    }

    private static String message(WebhookSender sender, String url) {
        return String.valueOf(assertThrows(UndeliveredException.class, () -> sender.send(job(), url))
                .getMessage());
    }

    private static VideoJob job() {
        Instant now = Instant.ofEpochSecond(1_700_000_000);
        return new VideoJob(
                "video_01M8MKNQNZY30MB61N1PDQ5D6V",
                "alice",
                VideoJob.Status.FAILED,
                new SyntheticPipeline("synthetic").resolve(VideoOptions.of("a")),
                List.of(),
                0,
                OptionalInt.empty(),
                now,
                Optional.of(now),
                Optional.of(now),
                Optional.of(now),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new VideoJob.Failure("cancelled", "The video was cancelled.")));
    }
}
