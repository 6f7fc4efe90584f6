package io.flowblend.api;

import io.flowblend.api.security.KeyRing;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Says where the service is, and how to try it. */
@ApplicationScoped
public class Start {
    private static final Logger LOG = Logger.getLogger(Start.class);

    private final KeyRing keys;
    private final PipelineCatalog catalog;
    private final HttpServer server;
    private final String host;

    Start(
            KeyRing keys,
            PipelineCatalog catalog,
            HttpServer server,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        this.keys = keys;
        this.catalog = catalog;
        this.server = server;
        this.host = host;
    }

    void listening(@ObservesAsync HttpServerStart started) {
        String address = "http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + server.getPort();
        String pairs = catalog.all().stream()
                .map(VideoPipeline::spec)
                .map(spec -> spec.id())
                .collect(Collectors.joining(", "));
        LOG.infof("FlowBlend serves %s at %s", pairs.isEmpty() ? "no pair" : "the pairs " + pairs, address);
        if (keys.inForce().isEmpty()) {
            LOG.info(
                    "No API key is configured: only this machine is answered (flowblend.api-keys opens it to others).");
        }
        String key = keys.inForce().isEmpty() ? "" : " -H 'Authorization: Bearer KEY'";
        LOG.infof(
                "Try: curl %s/v1/videos/sync%s --json '{\"prompt\": \"a red seven moves right slowly\"}' -o video.mp4",
                address, key);
    }
}
