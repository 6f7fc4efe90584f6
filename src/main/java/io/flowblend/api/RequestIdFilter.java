package io.flowblend.api;

import io.flowblend.api.security.AccessFilter;
import io.flowblend.api.security.Caller;
import io.flowblend.api.wire.ApiError;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jboss.logging.MDC;

/** What every request passes, whatever route it takes: its id, who it comes from, how large it is. */
@ApplicationScoped
public class RequestIdFilter {
    static final String REQUEST_ID = "X-Request-Id";
    /** Name of the request id in log records. */
    public static final String LOGGED_REQUEST_ID = "request_id";

    private static final String CALLER = "flowblend.caller";
    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final int[] HTTP_LAYER_STATUSES = {400, 404, 405, 406, 413, 415, 500};

    private final AccessFilter doorkeeper;
    private final long maxBodySize;

    RequestIdFilter(AccessFilter doorkeeper, FlowBlendConfig config) {
        this.doorkeeper = doorkeeper;
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

    void catchAll(@Observes Router router) {
        router.route().last().handler(exchange -> HttpErrors.write(exchange, HttpErrors.forStatus(404)));
        for (int status : HTTP_LAYER_STATUSES) {
            router.errorHandler(status, exchange -> HttpErrors.write(exchange, HttpErrors.forStatus(status)));
        }
    }

    /** Who sent the request that {@code exchange} answers. */
    static Caller caller(RoutingContext exchange) {
        return exchange.get(CALLER);
    }

    /**
     * Lets nobody by but who operates the service.
     *
     * @throws ApiError 403
     */
    static void admin(RoutingContext exchange) {
        if (caller(exchange).role() != Caller.Role.ADMIN) {
            throw ApiError.of(403, "admin_only", "This needs an admin key.");
        }
    }

    private void receive(RoutingContext exchange) {
        MDC.put(LOGGED_REQUEST_ID, identify(exchange));
        try {
            checkAddress(exchange);
            exchange.put(CALLER, doorkeeper.admit(visit(exchange)));
            checkSize(exchange);
        } catch (ApiError refused) {
            exchange.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            HttpErrors.write(exchange, refused);
            return;
        }
        if (exchange.request().getHeader(HttpHeaders.CONTENT_LENGTH) == null) {
            WholeBody.read(exchange, maxBodySize);
        } else {
            exchange.next();
        }
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
                Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION)));
    }

    private static void checkAddress(RoutingContext exchange) {
        try {
            new URI(exchange.request().uri());
        } catch (URISyntaxException e) {
            throw HttpErrors.forStatus(400);
        }
    }

    private void checkSize(RoutingContext exchange) {
        String length = exchange.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null
                && length.matches("\\d+")
                && (length.length() > 18 || Long.parseLong(length) > maxBodySize)) {
            throw HttpErrors.bodyTooLarge(maxBodySize);
        }
    }
}
