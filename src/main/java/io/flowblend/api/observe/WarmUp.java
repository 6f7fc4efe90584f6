package io.flowblend.api.observe;

import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.jboss.logging.Logger;

/**
 * Warms every pair before the service says that it is ready, so that nobody's video pays for first steps, and no speedup is
 * measured with them. On a thread of its own: the service answers meanwhile, and a video that comes waits for its pair. A
 * pair that cannot be warmed is served all the same; smaller videos may do.
 */
public final class WarmUp implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(WarmUp.class);
    private static final String COLD = "cold";
    private static final String WARMED = "warmed";
    private static final String FAILED = "failed";

    private final PipelineCatalog catalog;
    private final boolean enabled;
    private final Map<String, String> outcomes = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::warmAll, "warm-up");
    private volatile boolean closed;

    public WarmUp(PipelineCatalog catalog, boolean enabled) {
        this.catalog = catalog;
        this.enabled = enabled;
    }

    /** Begins, and returns at once. */
    public void start() {
        if (enabled) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Waits until nothing more is warmed. */
    public void join() throws InterruptedException {
        thread.join();
    }

    /** Ends it between two steps. */
    @Override
    public void close() {
        closed = true;
    }

    /** By pair: cold, warmed or failed; ready when none is cold. */
    public HealthCheckResponse health() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("warm-up");
        boolean ready = true;
        if (enabled) {
            for (VideoPipeline pipeline : catalog.all()) {
                String pair = pipeline.spec().id();
                String outcome = outcomes.getOrDefault(pair, COLD);
                response.withData(pair, outcome);
                ready &= !outcome.equals(COLD);
            }
        }
        return response.status(ready).build();
    }

    private void warmAll() {
        catalog.all().stream().takeWhile(pipeline -> !closed).forEach(this::warm);
    }

    private void warm(VideoPipeline pipeline) {
        String pair = pipeline.spec().id();
        try {
            pipeline.warmUp((step, fraction) -> !closed);
            outcomes.put(pair, closed ? COLD : WARMED);
        } catch (RuntimeException e) {
            outcomes.put(pair, FAILED);
            LOG.warnf(e, "pair %s: could not be warmed up; its first video will be slower", pair);
        }
    }
}
