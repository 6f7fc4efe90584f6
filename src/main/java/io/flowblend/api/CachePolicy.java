package io.flowblend.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** What may be kept by browsers and proxies: nothing of the API, and the page only after asking whether it has changed. */
final class CachePolicy {
    private CachePolicy() {}

    static void apply(RoutingContext exchange) {
        String path = exchange.normalizedPath();
        boolean ofApi = path.startsWith("/v1/") || path.startsWith("/q/") || path.equals("/health");
        exchange.addHeadersEndHandler(ending -> {
            var headers = exchange.response().headers();
            if (!ofApi) {
                headers.set(
                        HttpHeaders.CACHE_CONTROL, exchange.response().getStatusCode() < 400 ? "no-cache" : "no-store");
            } else if (!headers.contains(HttpHeaders.CACHE_CONTROL)) {
                headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
            }
        });
    }
}
