package io.flowblend.api;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body was read: it can be paused and resumed like any other. An HTTP/2 request cannot once it has ended,
 * and the layer of the REST resources pauses every request.
 */
final class ReadRequest extends HttpServerRequestWrapper {
    private ReadRequest(HttpServerRequest request) {
        super((HttpServerRequestInternal) request);
    }

    static HttpServerRequest of(HttpServerRequest request) {
        return new ReadRequest(request);
    }

    @Override
    public HttpServerRequest pause() {
        return this;
    }

    @Override
    public HttpServerRequest resume() {
        return this;
    }

    @Override
    public HttpServerRequest fetch(long amount) {
        return this;
    }

    @Override
    public HttpServerRequest handler(@Nullable Handler<Buffer> handler) {
        return this;
    }

    @Override
    public HttpServerRequest endHandler(@Nullable Handler<Void> handler) {
        if (handler != null) {
            handler.handle(null);
        }
        return this;
    }

    @Override
    public boolean isEnded() {
        return true;
    }
}
