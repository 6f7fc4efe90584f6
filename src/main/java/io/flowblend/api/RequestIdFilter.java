package io.flowblend.api;

import io.flowblend.api.security.AccessFilter;
import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** What every request passes, whatever route it takes: its id, who it comes from, how large it is. */
@ApplicationScoped
public class RequestIdFilter {
    static final String REQUEST_ID = "X-Request-Id";
    /** Name of the request id in log records. */
    public static final String LOGGED_REQUEST_ID = "request_id";

    private static final String CALLER = "flowblend.caller";
    private static final String ADMITTED = "flowblend.admitted";
    private static final Set<HttpMethod> WITHOUT_BODY =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.DELETE, HttpMethod.OPTIONS, HttpMethod.TRACE);
    /** Headers that only a proxy adds. */
    private static final List<String> FORWARDED =
            List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via");

    /** How long the sender of a body may take. */
    private static final Duration BODY_PATIENCE = Duration.ofSeconds(60);

    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final int[] HTTP_LAYER_STATUSES = {400, 404, 405, 406, 408, 413, 415, 500};

    private final AccessFilter accessFilter;
    private final long maxBodySize;
    private @Nullable Router router;

    /** A request that passed the checks and whose body is there; it goes through the routes once more with that. */
    private record Admitted(Caller caller, Buffer body) {}

    RequestIdFilter(AccessFilter accessFilter, FlowBlendConfig config) {
        this.accessFilter = accessFilter;
        this.maxBodySize = config.maxBodySize().asLongValue();
    }

    /**
     * Has the HTTP layer leave addresses that are not valid to {@link #receive}, since it would answer them without a word.
     * Has to be called before the service starts.
     */
    static void checkAddressesItself() {
        System.setProperty("vertx.disableURIValidation", "true");
    }

    void open(@Observes Filters filters) {
        filters.register(this::receive, 1000);
    }

    void catchAll(@Observes Router observed) {
        router = observed;
        observed.route().last().handler(exchange -> HttpErrors.write(exchange, HttpErrors.forStatus(404)));
        for (int status : HTTP_LAYER_STATUSES) {
            observed.errorHandler(status, exchange -> HttpErrors.write(exchange, HttpErrors.forStatus(status)));
        }
    }

    /** Who sent the request that {@code exchange} answers. */
    static Caller caller(RoutingContext exchange) {
        return exchange.get(CALLER);
    }

    /**
     * Rejects callers without the admin role.
     *
     * @throws ApiError 403
     */
    static void admin(RoutingContext exchange) {
        if (caller(exchange).role() != Caller.Role.ADMIN) {
            throw ApiError.of(403, "admin_only", "This needs an admin key.");
        }
    }

    private void receive(RoutingContext exchange) {
        Object admitted = local(exchange).get(ADMITTED);
        if (admitted instanceof Admitted known) {
            exchange.put(CALLER, known.caller());
            CachePolicy.apply(exchange);
            ((RoutingContextInternal) exchange).setBody(known.body());
            exchange.next();
            return;
        }
        MDC.put(LOGGED_REQUEST_ID, identify(exchange));
        CachePolicy.apply(exchange);
        Caller caller;
        try {
            RequestChecks.check(exchange.request(), maxBodySize);
            caller = accessFilter.admit(visit(exchange));
        } catch (ApiError refused) {
            HttpErrors.refuse(exchange, refused);
            return;
        }
        if (WITHOUT_BODY.contains(exchange.request().method())) {
            exchange.put(CALLER, caller);
            exchange.next();
        } else {
            WholeBody.read(exchange, maxBodySize, BODY_PATIENCE, body -> {
                local(exchange).put(ADMITTED, new Admitted(caller, body));
                Objects.requireNonNull(router).handle(ReadRequest.of(exchange.request()));
            });
        }
    }

    private static Map<Object, Object> local(RoutingContext exchange) {
        HttpServerRequestInternal request = (HttpServerRequestInternal) exchange.request();
        return ((ContextInternal) request.context()).localContextData();
    }

    /** Gives the answer the id of its request, if it has none yet. */
    static String identify(RoutingContext exchange) {
        String given = exchange.response().headers().get(REQUEST_ID);
        if (given != null) {
            return given;
        }
        String requestId = Optional.ofNullable(exchange.request().getHeader(REQUEST_ID))
                .filter(id -> SANE_ID.matcher(id).matches())
                .orElseGet(() -> UUID.randomUUID().toString());
        exchange.response().putHeader(REQUEST_ID, requestId);
        return requestId;
    }

    private static AccessFilter.Visit visit(RoutingContext exchange) {
        var request = exchange.request();
        return new AccessFilter.Visit(
                exchange.normalizedPath(),
                request.remoteAddress().hostAddress(),
                Optional.ofNullable(request.getHeader(HttpHeaders.HOST)),
                Optional.ofNullable(request.getHeader(HttpHeaders.ORIGIN)),
                Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION)),
                FORWARDED.stream().anyMatch(request.headers()::contains));
    }
}
