package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.smallrye.health.SmallRyeHealthReporter;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** {@code GET /health}, as clients of this dialect ask whether the service is ready: 200 or 503, without a reason. */
@ApplicationScoped
public class HealthRoute {
    private final SmallRyeHealthReporter reporter;

    HealthRoute(SmallRyeHealthReporter reporter) {
        this.reporter = reporter;
    }

    void open(@Observes Router router) {
        router.get("/health").blockingHandler(this::answer, false);
    }

    private void answer(RoutingContext exchange) {
        if (reporter.getReadiness().isDown()) {
            HttpErrors.write(exchange, ApiError.of(503, "not_ready", "The service is not ready."));
        } else {
            exchange.response().putHeader("Content-Type", "application/json").end("{\"status\":\"ok\"}");
        }
    }
}
