package io.flowblend.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;

/**
 * A body that does not say its length, read whole before anything is done with it, so that one that is too large is
 * refused like any other. Forms too: the HTTP layer's own handlers either refuse them without a word or take them apart.
 */
final class WholeBody {
    private final RoutingContext exchange;
    private final long limit;
    private final Buffer body = Buffer.buffer();
    private long received;

    private WholeBody(RoutingContext exchange, long limit) {
        this.exchange = exchange;
        this.limit = limit;
    }

    /** Goes on with {@code exchange} once its body is there. */
    static void read(RoutingContext exchange, long limit) {
        new WholeBody(exchange, limit).read();
    }

    private void read() {
        HttpServerRequest request = exchange.request();
        if (request.isEnded()) {
            exchange.next();
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            exchange.response().writeContinue();
        }
        request.handler(this::take);
        request.exceptionHandler(gone -> exchange.response().reset());
        request.endHandler(end -> goOn());
        request.resume();
    }

    private void take(Buffer part) {
        received += part.length();
        if (received <= limit) {
            body.appendBuffer(part);
        } else if (received - part.length() <= limit) {
            HttpErrors.write(exchange, HttpErrors.bodyTooLarge(limit));
        } else if (received > 2 * limit) {
            // Until here it is read on: a connection that is closed under its sender may take the answer with it.
            exchange.request().connection().close();
        }
    }

    private void goOn() {
        if (received <= limit) {
            ((RoutingContextInternal) exchange).setBody(body);
            exchange.next();
        }
    }
}
