package io.flowblend.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.api.security.PublicAddresses;
import io.flowblend.api.security.WebhookSecret;
import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.WebhookEvent;
import io.flowblend.jobs.VideoJob;
import io.flowblend.jobs.Webhooks;
import io.flowblend.jobs.Webhooks.UndeliveredException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tells webhooks, by one signed POST each. The name in the address is resolved once and the connection goes to the address
 * that was checked, so a name that changes in between leads nowhere else; a redirect is not followed but is a failure. Nothing
 * of an address but its host comes into a log.
 */
@ApplicationScoped
public class WebhookSender implements Webhooks.Sender {
    private static final String FIELD = "webhook_url";
    private static final int LONGEST_URL = 2048;
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_SECONDS = 10;
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    private final Map<String, WebhookSecret> ofKeys;
    private final Optional<WebhookSecret> usual;
    private final boolean allowPrivate;
    private final Resolver resolver;
    private final ObjectMapper mapper;
    private final HttpClient client;

    /** Finds the addresses of a host. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    @Inject
    WebhookSender(FlowBlendConfig config, ObjectMapper mapper, Vertx vertx) {
        this(
                secretsOfKeys(config),
                config.webhooks().secret().map(secret -> WebhookSecret.of("flowblend.webhooks.secret", secret)),
                config.webhooks().allowPrivate(),
                InetAddress::getAllByName,
                mapper,
                vertx);
    }

    /**
     * @param ofKeys secrets by the name of the key whose webhooks are signed with them
     * @param usual secret of all other keys
     * @param allowPrivate whether plain HTTP and private addresses are allowed
     */
    WebhookSender(
            Map<String, WebhookSecret> ofKeys,
            Optional<WebhookSecret> usual,
            boolean allowPrivate,
            Resolver resolver,
            ObjectMapper mapper,
            Vertx vertx) {
        this.ofKeys = Map.copyOf(ofKeys);
        this.usual = usual;
        this.allowPrivate = allowPrivate;
        this.resolver = resolver;
        this.mapper = mapper;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS).setKeepAlive(false));
    }

    private static Map<String, WebhookSecret> secretsOfKeys(FlowBlendConfig config) {
        Map<String, WebhookSecret> secrets = new HashMap<>();
        config.apiKeys().forEach((name, key) -> key.webhookSecret().ifPresent(secret -> {
            String source = "flowblend.api-keys." + name + ".webhook-secret";
            secrets.put(name, WebhookSecret.of(source, secret));
        }));
        return secrets;
    }

    @PreDestroy
    void close() {
        client.close();
    }

    /**
     * Whether a caller may have {@code url} told; names are not resolved before that.
     *
     * @throws ApiError 422
     */
    void check(String caller, String url) {
        if (secret(caller).isEmpty()) {
            throw ApiError.invalid(
                    FIELD,
                    "webhooks_not_configured",
                    "This service has no secret to sign webhooks with; ask its operator.");
        }
        if (target(url).isEmpty()) {
            String scheme = allowPrivate ? "http or https" : "https";
            throw ApiError.invalid(
                    FIELD,
                    "invalid_value",
                    "'webhook_url' has to be an " + scheme
                            + " address with a host, without user or fragment, of at most " + LONGEST_URL
                            + " characters.");
        }
        String host = target(url).get().host();
        if (host.matches("[0-9.]+|\\[.*]") && checked(host).isEmpty()) {
            throw ApiError.invalid(
                    FIELD, "invalid_value", "'webhook_url' has to be an address of the public Internet.");
        }
    }

    /** Where to send to. */
    private record Target(boolean tls, String host, int port, String path) {}

    private Optional<Target> target(String url) {
        try {
            URI uri = new URI(url);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            boolean tls = scheme.equals("https");
            if (url.length() > LONGEST_URL
                    || !(tls || (allowPrivate && scheme.equals("http")))
                    || uri.getHost() == null
                    || uri.getRawUserInfo() != null
                    || uri.getRawFragment() != null) {
                return Optional.empty();
            }
            int usualPort = tls ? HTTPS_PORT : HTTP_PORT;
            String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            return Optional.of(
                    new Target(tls, uri.getHost(), uri.getPort() < 0 ? usualPort : uri.getPort(), path + query));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** An address of the host that may be connected to: all that it has must be allowed. */
    private Optional<InetAddress> checked(String host) {
        try {
            InetAddress[] addresses = resolver.resolve(host.replaceAll("[\\[\\]]", ""));
            for (InetAddress address : addresses) {
                if (!allowPrivate && !PublicAddresses.isPublic(address)) {
                    return Optional.empty();
                }
            }
            return Optional.of(addresses[0]);
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private Optional<WebhookSecret> secret(String caller) {
        return Optional.ofNullable(ofKeys.get(caller)).or(() -> usual);
    }

    @Override
    public void send(VideoJob job, String url) throws UndeliveredException {
        Target target = target(url).orElseThrow(() -> new UndeliveredException("its address is no longer allowed"));
        WebhookSecret secret =
                secret(job.owner()).orElseThrow(() -> new UndeliveredException("there is no secret to sign it with"));
        InetAddress address = checked(target.host())
                .orElseThrow(
                        () -> new UndeliveredException(target.host() + " has no address, or one that is not allowed"));
        WebhookEvent event = WebhookEvent.of(job);
        String body = body(event);
        long timestamp = Instant.now().getEpochSecond();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(target.port(), address.getHostAddress()))
                .setHost(target.host())
                .setPort(target.port())
                .setSsl(target.tls())
                .setURI(target.path())
                .setFollowRedirects(false)
                .setTimeout(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS))
                .putHeader("Content-Type", "application/json")
                .putHeader("User-Agent", "FlowBlend")
                .putHeader("webhook-id", event.id())
                .putHeader("webhook-timestamp", Long.toString(timestamp))
                .putHeader("webhook-signature", secret.sign(event.id(), timestamp, body));
        int status = answer(target, options, body);
        if (status < 200 || status > 299) {
            throw new UndeliveredException(target.host() + " answered " + status);
        }
    }

    private int answer(Target target, RequestOptions options, String body) throws UndeliveredException {
        try {
            return client.request(options)
                    .compose(request -> request.send(body).map(response -> {
                        int status = response.statusCode();
                        // Whatever it says is not read.
                        request.connection().close();
                        return status;
                    }))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(ANSWER_SECONDS + CONNECT_MILLIS / 1000, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new UndeliveredException(target.host() + " did not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UndeliveredException("the service stops");
        }
    }

    private String body(WebhookEvent event) {
        try {
            return mapper.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event could not be written", e);
        }
    }
}
