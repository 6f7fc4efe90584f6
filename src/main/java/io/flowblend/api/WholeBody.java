package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A body that is read whole before anything is done with it, on no thread of its own: a client that sends slowly holds up
 * nobody else, and one that sends too much is refused by the same error in every version of HTTP.
 */
final class WholeBody {
    private final RoutingContext exchange;
    private final long limit;
    private final Duration patience;
    private final Consumer<Buffer> next;
    private final Buffer body = Buffer.buffer();
    private long received;
    private boolean refused;
    private long timer;

    private WholeBody(RoutingContext exchange, long limit, Duration patience, Consumer<Buffer> next) {
        this.exchange = exchange;
        this.limit = limit;
        this.patience = patience;
        this.next = next;
    }

    /**
     * Goes on with {@code next} once the body is there.
     *
     * @param limit bytes that it may have
     * @param patience how long its sender may take
     */
    static void read(RoutingContext exchange, long limit, Duration patience, Consumer<Buffer> next) {
        new WholeBody(exchange, limit, patience, next).read();
    }

    private void read() {
        HttpServerRequest request = exchange.request();
        if (request.isEnded()) {
            next.accept(body);
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            exchange.response().writeContinue();
        }
        timer = exchange.vertx().setTimer(patience.toMillis(), late -> tooSlow());
        request.handler(this::take);
        request.exceptionHandler(gone -> abandon());
        request.endHandler(end -> goOn());
        request.resume();
    }

    private void take(Buffer part) {
        received += part.length();
        if (received <= limit) {
            body.appendBuffer(part);
        } else if (!refused) {
            refuse(HttpErrors.bodyTooLarge(limit));
        } else if (received > 2 * limit) {
            // Until here it is read on: a connection that is closed under its sender may take the answer with it.
            exchange.request().connection().close();
        }
    }

    private void tooSlow() {
        refuse(ApiError.of(
                408,
                "request_timeout",
                "The request body did not arrive within " + patience.toSeconds() + " seconds."));
    }

    private void refuse(ApiError error) {
        refused = true;
        exchange.vertx().cancelTimer(timer);
        HttpErrors.refuse(exchange, error);
    }

    private void abandon() {
        refused = true;
        exchange.vertx().cancelTimer(timer);
        exchange.response().reset();
    }

    private void goOn() {
        exchange.vertx().cancelTimer(timer);
        if (!refused) {
            next.accept(body);
        }
    }
}
