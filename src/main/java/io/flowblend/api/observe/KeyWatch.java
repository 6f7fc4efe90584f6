package io.flowblend.api.observe;

import io.flowblend.api.security.KeyRing;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Looks every two seconds whether the file of API keys has changed. */
@ApplicationScoped
public class KeyWatch {
    private static final Logger LOG = Logger.getLogger(KeyWatch.class);
    private static final int SECONDS = 2;

    private final KeyRing keys;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "keys");
        thread.setDaemon(true);
        return thread;
    });

    KeyWatch(KeyRing keys) {
        this.keys = keys;
    }

    void start(@Observes StartupEvent event) {
        Future<?> unused = timer.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        timer.shutdownNow();
    }

    /** An exception would end the timer. */
    private void look() {
        try {
            keys.look();
        } catch (RuntimeException e) {
            LOG.error("The file of API keys could not be looked at", e);
        }
    }
}
